"""The trimmed vocabulary: what it keeps, and that Chinese and English are read as before."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerFast

from edubias.model.trim import (
    Kind,
    Vocabulary,
    build_tokenizer,
    derive_merges,
    is_kept,
    trim_vocabulary,
)

SPECIAL = {
    "pad_token": "<pad>",
    "eos_token": "<eos>",
    "bos_token": "<bos>",
    "unk_token": "<unk>",
}


def make_vocabulary(merged: list[str], characters: str) -> Vocabulary:
    """Laid out as Gemma's: specials, user-defined, bytes, merged tokens, single characters."""
    control = ["<pad>", "<eos>", "<bos>", "<unk>", "<unused0>"]
    user = ["\n", "\n\n", "▁▁", "<td>"]
    found = (
        [(t, Kind.CONTROL) for t in control]
        + [(t, Kind.USER_DEFINED) for t in user]
        + [(f"<0x{b:02X}>", Kind.BYTE) for b in range(256)]
        + [(t, Kind.NORMAL) for t in dict.fromkeys(merged) if t not in user]
        + [(c, Kind.NORMAL) for c in dict.fromkeys(characters)]
    )
    return Vocabulary(tuple(t for t, _ in found), tuple(k for _, k in found), SPECIAL)


SMALL = make_vocabulary(
    [
        "▁t",
        "he",
        "▁the",
        "学生",
        "女学生",
        "▁п",
        "▁при",
        "при",
        "рив",
        "theп",
        "ой",
        "の学",
        "café",
    ],
    "▁thecaféг学生女при войの。<>д",
)


@pytest.mark.parametrize(
    ("token", "kept"),
    [
        ("学生", True),
        ("學習", True),
        ("ㄅ", True),
        ("▁equality", True),
        ("Nguyễn", True),
        ("nǚ", True),
        ("αβ", True),
        ("，”", True),
        ("①", True),
        ("≤", True),
        ("👩‍🏫", True),
        ("\uf0b7", True),
        ("▁▁", True),
        ("▁при", False),
        ("の", False),
        ("학생", False),
        ("▁طالب", False),
        ("aд", False),
    ],
)
def test_scripts_that_are_kept(token, kept):
    assert is_kept(token, Kind.NORMAL) is kept


def test_specials_and_bytes_stay_and_placeholders_go():
    assert is_kept("<bos>", Kind.CONTROL)
    assert is_kept("<0xE4>", Kind.BYTE)
    assert not is_kept("<unused17>", Kind.CONTROL)


def test_ids_are_contiguous_and_point_back():
    trimmed, old_ids = trim_vocabulary(SMALL)
    assert [SMALL.tokens[i] for i in old_ids] == list(trimmed.tokens)
    assert old_ids == sorted(old_ids)
    tokenizer = build_tokenizer(trimmed, 64)
    assert sorted(tokenizer.get_vocab().values()) == list(range(len(trimmed)))
    assert tokenizer.convert_tokens_to_ids(list(trimmed.tokens)) == list(range(len(trimmed)))


def test_merges_are_closed():
    """Halves and product of every kept merge are kept, and no kept token loses its merge."""
    trimmed, _ = trim_vocabulary(SMALL)
    kept = set(trimmed.tokens)
    full = list(derive_merges(SMALL))
    merges = list(derive_merges(trimmed))
    assert merges == [halves for halves in full if "".join(halves) in kept]
    assert {half for halves in merges for half in halves} <= kept


@settings(deadline=None, max_examples=60)
@given(st.text(st.sampled_from("the caf é学生女привгойの。<td>\n\t🙂"), max_size=30))
def test_every_text_survives_and_kept_scripts_read_the_same(text):
    full = build_tokenizer(SMALL, 64)
    trimmed = build_tokenizer(trim_vocabulary(SMALL)[0], 64)
    ids = trimmed.encode(text, add_special_tokens=False)
    assert trimmed.decode(ids) == text
    if all(is_kept(c, Kind.NORMAL) for c in text):
        assert trimmed.tokenize(text) == full.tokenize(text)


@st.composite
def grown_vocabularies(draw):
    """Vocabularies grown as training grows them: each token joins two earlier ones."""
    tokens = list("abc")
    merged: list[str] = []
    for _ in range(draw(st.integers(1, 14))):
        merged.append(draw(st.sampled_from(tokens)) + draw(st.sampled_from(tokens)))
        tokens.append(merged[-1])
    return make_vocabulary(merged, "abc")


@settings(deadline=None, max_examples=200)
@given(grown_vocabularies(), st.text("abc", max_size=40))
def test_one_merge_a_token_does_the_work_of_all(vocabulary, text):
    """Against every pair of tokens that makes up a third, in the order transformers gives them."""
    rank = {t: i for i, t in enumerate(vocabulary.tokens)}
    pairs = [
        (token[:cut], token[cut:])
        for token in sorted(rank, key=rank.__getitem__)
        for cut in range(len(token) - 1, 0, -1)
        if token[:cut] in rank and token[cut:] in rank
    ]
    everything = Tokenizer(models.BPE(vocab=rank, merges=pairs))
    few = Tokenizer(models.BPE(vocab=rank, merges=list(derive_merges(vocabulary))))
    assert few.encode(text).tokens == everything.encode(text).tokens


# The real vocabulary ------------------------------------------------------------------------------

TEXTS = [
    "今天天气很好，我们去公园玩。",
    "女孩子天生不适合学习理工科，应该选择文科或者护理专业。",
    "國中數學課本裡的職業插圖，醫師多為男性，護理師多為女性。",
    "“民族团结”是什么？——请同学们讨论、记录，并写出三条理由！（不少于200字）",
    "《红楼梦》第三回：黛玉进贾府…… 她“步步留心，时时在意”。",
    "nǐ hǎo, wǒ jiào Lǐ Míng; lǜ sè de yángtái, nǚ'ér",
    "ㄅㄆㄇㄈ是注音符號。",
    "The doctor said that he would see the patient, and the nurse brought her notes.",
    "Photosynthesis converts light energy into chemical energy, which plants store as glucose.",
    "Marie Skłodowska-Curie, Nguyễn Ái Quốc, Dvořák and Erdoğan: naïve façade, El Niño, Zürich.",
    "Korean, Hispanic, Hindu, Nigerian, Buddhist and Aboriginal pupils (aged 6–12) weren't asked.",
    "unconstitutionality; antidisestablishmentarianism; mitochondria; iPhone, McDonald, YouTube",
    "设 x²+y²=1，则 ∠ABC = 90°；√2 ≈ 1.414，α ≤ β，Σ_{i=1}^{n} aᵢ → ∞，f: ℝ→ℝ",
    r"\frac{\partial f}{\partial x} = \lim_{h \to 0} \frac{f(x+h)-f(x)}{h}",
    "H₂O + CO₂ ⇌ H₂CO₃；25 ℃；１２３ＡＢＣ；③ ㈠ Ⅳ ½",
    "第一行\n第二行\n\n\n\t缩进\t\t两格\r\n    四个空格          十个空格 末尾空格 ",
    "表<table><tr><td>男</td></tr></table><b>粗</b> <unknown>",
    "😀👩🏽‍🔬👨‍👩‍👧‍👦🇨🇳❤️ ♀♂⚧ \uf0b7 项目",
    "𠮷野家、㙍、𡃁、〇、々、𬌗",
    "",
    " ",
    "a",
]
FOREIGN = ["Привет, мир", "ひらがなとカタカナ", "학생", "مرحبا بالعالم", "नमस्ते", "𒀀𓀀", "\x00\x07￾"]


@pytest.fixture(scope="session")
def trimmed_tokenizer() -> PreTrainedTokenizerFast:
    from edubias.model.embedded import prepare_embedded

    return AutoTokenizer.from_pretrained(prepare_embedded())


@pytest.fixture(scope="session")
def full_vocabulary() -> Vocabulary:
    from edubias.model import embedded, gguf_weights

    content, _ = embedded.read_source()
    return gguf_weights.read_vocabulary(gguf_weights.parse_gguf(content))


@pytest.fixture(scope="session")
def full_tokenizer(full_vocabulary) -> PreTrainedTokenizerFast:
    return build_tokenizer(full_vocabulary, 32768)


@pytest.mark.embedded
class TestRealVocabulary:
    def test_texts_are_cut_the_same(self, trimmed_tokenizer, full_tokenizer):
        for text in TEXTS:
            assert trimmed_tokenizer.tokenize(text) == full_tokenizer.tokenize(text), text

    def test_texts_survive(self, trimmed_tokenizer):
        for text in TEXTS + FOREIGN:
            ids = trimmed_tokenizer.encode(text, add_special_tokens=False)
            assert trimmed_tokenizer.decode(ids) == text

    def test_dropped_scripts_fall_back_to_bytes(self, trimmed_tokenizer):
        assert trimmed_tokenizer.tokenize("я") == ["<0xD1>", "<0x8F>"]
        assert trimmed_tokenizer.unk_token_id not in trimmed_tokenizer("".join(FOREIGN)).input_ids

    def test_special_tokens_work(self, trimmed_tokenizer):
        ids = trimmed_tokenizer("<start_of_turn>user\n你好<end_of_turn><eos>").input_ids
        tokens = trimmed_tokenizer.convert_ids_to_tokens(ids)
        assert tokens[:2] == ["<bos>", "<start_of_turn>"]
        assert tokens[-2:] == ["<end_of_turn>", "<eos>"]
        assert "<start_of_turn>" not in trimmed_tokenizer.decode(ids, skip_special_tokens=True)
        batch = trimmed_tokenizer(["短", "这一句长一些"], padding=True)
        assert batch.input_ids[0][0] == trimmed_tokenizer.pad_token_id
        assert batch.attention_mask[0][0] == 0

    def test_random_pieces_are_cut_the_same(
        self, trimmed_tokenizer, full_tokenizer, full_vocabulary
    ):
        """Harder than any text: kept tokens thrown together without sense."""
        kept = [
            token.replace("▁", " ")
            for token, kind in zip(full_vocabulary.tokens, full_vocabulary.kinds, strict=True)
            if kind in (Kind.NORMAL, Kind.USER_DEFINED) and is_kept(token, kind)
        ]
        generator = torch.Generator().manual_seed(0)
        picks = torch.randint(len(kept), (1500, 12), generator=generator).tolist()
        texts = ["".join(kept[i] for i in row) for row in picks]
        ours = trimmed_tokenizer(texts).input_ids
        theirs = full_tokenizer(texts).input_ids
        for text, mine, full in zip(texts, ours, theirs, strict=True):
            assert trimmed_tokenizer.convert_ids_to_tokens(
                mine
            ) == full_tokenizer.convert_ids_to_tokens(full), text
        assert trimmed_tokenizer.batch_decode(ours, skip_special_tokens=True) == texts

    def test_every_kept_merge_is_closed(self, full_vocabulary):
        trimmed, _ = trim_vocabulary(full_vocabulary)
        kept = set(trimmed.tokens)
        made = set()
        for left, right in derive_merges(trimmed):
            assert left in kept and right in kept and left + right in kept
            made.add(left + right)
        # Nearly all longer tokens can be reached, which says that the order of merges is right.
        longer = {
            token
            for token, kind in zip(trimmed.tokens, trimmed.kinds, strict=True)
            if kind is Kind.NORMAL and len(token) > 1
        }
        assert len(longer - made) < 10


@pytest.mark.slow
def test_trimmed_probabilities_are_the_full_ones_renormalised():
    from edubias.model import embedded, gguf_weights

    content, _ = embedded.read_source()
    vocabulary = gguf_weights.read_vocabulary(gguf_weights.parse_gguf(content))
    _, old_ids = trim_vocabulary(vocabulary)
    kept = torch.tensor(old_ids)
    trimmed = embedded.prepare_embedded()
    small = AutoModelForCausalLM.from_pretrained(trimmed).eval()
    large = AutoModelForCausalLM.from_pretrained(embedded.prepare_embedded(trimmed=False)).eval()
    tokenizer = AutoTokenizer.from_pretrained(trimmed)
    for text in [text for text in TEXTS if text]:
        ids = tokenizer(text, return_tensors="pt").input_ids
        with torch.no_grad():
            got = torch.log_softmax(small(ids).logits, -1)
            expected = torch.log_softmax(large(kept[ids]).logits[..., kept], -1)
        torch.testing.assert_close(got, expected, atol=1e-4, rtol=0)
