from edubias.data.labelled import Collection
from edubias.records import Statement


def test_statements_of_one_scenario_are_one_cluster():
    metas = {"a": {"scenario": "lab"}, "b": {"scenario": "lab"}, "c": {}}
    statements = [Statement(name, name, "en", "fair", meta=meta) for name, meta in metas.items()]
    assert [one.cluster for one in Collection([], statements).texts()] == ["lab", "lab", "c"]
