"""The bias types, one file each."""

from __future__ import annotations

from edubias.taxonomy.academic_credential import ACADEMIC_CREDENTIAL
from edubias.taxonomy.age_generation import AGE_GENERATION
from edubias.taxonomy.bias_type import BiasType
from edubias.taxonomy.disability_health import DISABILITY_HEALTH
from edubias.taxonomy.ethnicity_race import ETHNICITY_RACE
from edubias.taxonomy.family_structure import FAMILY_STRUCTURE
from edubias.taxonomy.gender_sexuality import GENDER_SEXUALITY
from edubias.taxonomy.language_dialect import LANGUAGE_DIALECT
from edubias.taxonomy.narrative_framing import NARRATIVE_FRAMING
from edubias.taxonomy.nationality_culture import NATIONALITY_CULTURE
from edubias.taxonomy.physical_appearance import PHYSICAL_APPEARANCE
from edubias.taxonomy.region import REGION
from edubias.taxonomy.religion_belief import RELIGION_BELIEF
from edubias.taxonomy.socioeconomic_occupation import SOCIOECONOMIC_OCCUPATION
from edubias.taxonomy.urban_rural import URBAN_RURAL

BIAS_TYPES: dict[str, BiasType] = {
    bias_type.key: bias_type
    for bias_type in (
        GENDER_SEXUALITY,
        ETHNICITY_RACE,
        NATIONALITY_CULTURE,
        REGION,
        URBAN_RURAL,
        SOCIOECONOMIC_OCCUPATION,
        RELIGION_BELIEF,
        AGE_GENERATION,
        DISABILITY_HEALTH,
        PHYSICAL_APPEARANCE,
        ACADEMIC_CREDENTIAL,
        FAMILY_STRUCTURE,
        LANGUAGE_DIALECT,
        NARRATIVE_FRAMING,
    )
}
"""All bias types by key, in the order in which reports list them."""


def type_name(key: str) -> str:
    """Short name of a bias type in the language of messages; an unknown key stands for itself."""
    return BIAS_TYPES[key].name() if key in BIAS_TYPES else key


__all__ = ["BIAS_TYPES", "BiasType", "type_name"]
