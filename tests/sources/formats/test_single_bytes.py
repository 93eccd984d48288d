"""Single-byte encodings are told apart by what the text would say."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from medallion.errors import SourceRefused
from medallion.sources.file.source import FileSource
from medallion.sources.formats.encodings import EncodingWatch
from medallion.sources.formats.single_bytes import CANDIDATES, guess

TEXTS = {
    "French": "id;ville;prénom\n1;Besançon;Hélène\n2;Évry;François\n3;Nîmes;Zoé\n4;Le Mans;Benoît\n"
    "5;Saint-Étienne;Anaïs\n6;Orléans;Gaël\n7;Mâcon;Noël, où êtes-vous, à la fête\n",
    "short French": "nom;genre\nAmélie;comédie\n",
    "German": "id;Straße;Ort\n1;Königsallee;Düsseldorf\n2;Am Grün;München\n3;Übersee;Köln\n"
    "4;Große Bäckerstraße;Lübeck\n",
    "Spanish": "id;señor;año\n1;Muñoz;dirección\n2;Núñez;teléfono, ¿qué?\n3;Peña;Málaga\n"
    "4;Íñigo;León\n",
    "Portuguese": "id;nome\n1;João\n2;São Paulo, avô e avó\n3;Conceição, informações\n"
    "4;Antônio é três\n",
    "capitals": "ID;VILLE\n1;BESANÇON\n2;ORLÉANS\n3;SAINT-ÉTIENNE\n4;MÂCON\n5;CÔTE-D'ÈZE\n",
    "quotes": "id;text\n1;«été» à 20 °C\n2;déjà vu\n3;l'élève\n",
}


def words(data: bytes) -> list[bytes]:
    watch = EncodingWatch(path="a.csv")
    watch.feed(data)
    watch.feed(b"", final=True)
    return sorted(watch._words)


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_is_read_as_it_was_written(language: str) -> None:
    text = TEXTS[language]
    for encoding in CANDIDATES:
        data = text.encode(encoding)
        found = guess(words(data))
        assert data.decode(found.encoding) == text, (encoding, found)
        assert found.certain or language == "short French", (encoding, found)


def test_signs_that_two_encodings_share_say_which_it_is() -> None:
    for text, encoding in (
        ("prix\n12 €\n3 €\ncafé\n", "iso8859-15"),
        ("prix\n12 €\n3 €\ncafé\n", "cp1252"),
        ("un cœur, sœur, œuf, été\n", "iso8859-15"),
        ("d’été, l’œuvre, “déjà”\n", "cp1252"),
        ("d’été, l’œuvre, “déjà”\n", "mac-roman"),
        ("½ journée, 1½ an\n", "cp1252"),
    ):
        data = text.encode(encoding)
        assert data.decode(guess(words(data)).encoding) == text, (text, encoding)


def test_one_good_word_is_enough_for_the_usual_encoding_only() -> None:
    assert guess([b" Am\xe9lie "]).certain
    assert guess([b"20 \xb0C"]).certain
    assert not guess(["Amélie".encode("cp850")]).certain
    assert not guess([b""]).certain


def test_what_is_none_of_them_is_not_certain() -> None:
    for text, encoding in (
        ("Łódź;Kraków;Gdańsk;Świętokrzyskie;Częstochowa;Wrocław;Białystok;Toruń\n", "cp1250"),
        ("Łódź;Kraków;Gdańsk;Świętokrzyskie;Częstochowa;Wrocław;Białystok;Toruń\n", "iso8859-2"),
        ("Łódź;Kraków;Gdańsk;Świętokrzyskie;Częstochowa;Wrocław;Białystok;Toruń\n", "cp852"),
        ("Москва;Санкт-Петербург;Новосибирск\n", "cp1251"),
        ("Москва;Санкт-Петербург;Новосибирск\n", "koi8-r"),
        ("Αθήνα;Θεσσαλονίκη;Πάτρα\n", "iso8859-7"),
        ("İstanbul;Şanlıurfa;Ağrı;Muğla\n", "cp1254"),
    ):
        found = guess(words(text.encode(encoding)))
        assert not found.certain, (encoding, found)


def test_a_file_that_is_not_certain_warns_with_two_words(
    extract: Callable[..., Any], tmp_path: Path
) -> None:
    watch = EncodingWatch(path="a.csv", shows_words=True)
    watch.feed("id;miasto\n1;Białystok\n2;Gdańsk\n".encode("cp1250"))
    assert watch.conclude() == "iso8859-1"
    assert re.search(r"read as windows-1252, which gives “Bia³ystok” and “Gdañsk”", watch.doubt)
    hidden = EncodingWatch(path="a.csv")
    hidden.feed("id;miasto\n1;Białystok\n".encode("cp1250"))
    assert (hidden.conclude(), "Bia" in hidden.doubt) == ("iso8859-1", False)
    assert "is not certain" in hidden.doubt
    for encoding in ("cp850", "mac-roman"):
        (tmp_path / "a.csv").write_bytes(TEXTS["French"].encode(encoding))
        layout = extract(FileSource(type="file", path="a.csv")).manifest.layout
        assert (layout.encoding, layout.columns) == (encoding, ("id", "ville", "prénom"))
    (tmp_path / "a.csv").write_bytes(bytes(range(1, 256)) * 40)
    with pytest.raises(SourceRefused, match="nor Windows-1252"):
        extract(FileSource(type="file", path="a.csv"))


@pytest.mark.parametrize("declared", [None, "windows-1252"])
@pytest.mark.parametrize("text", [b"a,\xe2\x80 x\n", b"caf\xe9 \x80\n", b"\x80", b"\x93\xe9\x94"])
def test_bytes_that_latin_1_lacks_are_seen_at_the_edge_of_a_chunk(
    text: bytes, declared: str | None
) -> None:
    """Also those that may continue a letter of UTF-8, as long as what follows is not known."""
    for cut in range(len(text) + 1):
        watch = EncodingWatch(path="a.csv", declared=declared)
        for chunk in (text[:cut], text[cut:]):
            watch.feed(chunk)
        watch.feed(b"", final=True)
        assert watch._c1 == {byte for byte in text if 0x80 <= byte < 0xA0}, cut


SMALL = {
    "French": "Amélie Zoé Hélène Noël Besançon Nîmes Évry forêt où déjà cœur œuvre Loïc À ÉCOLE "
    "FRANÇOIS Çà Île Saint-Étienne d'août maïs aiguë",
    "German": "Müller Größe Straße Köln Österreich Übersicht ÄRZTE Bäcker grün fünf Maß GRÖSSE",
    "Spanish": "España niño José Peña año Málaga ÑUÑOA Íñigo Óscar Núñez Ángel ¿Qué? ¡Hola! 3ª 1º",
    "Italian": "città perché è Niccolò però così più Forlì È",
    "Portuguese": "São João não coração irmã Goiânia informações Évora mãe Açores AÇÃO",
    "Swedish": "Göteborg Malmö Ängelholm Åsa Örebro Västerås ÅKE sjö får",
    "Danish": "København Århus Sønderborg Ærø smørrebrød øl gå Kjær RØDE",
    "signs": "10€ 12,50€ £5 £12.00 20° 3° ½ ²",
}


def draw_files(language: str, encoding: str, sizes: tuple[int, ...]) -> Iterator[tuple[str, bytes]]:
    """Small files of words of a language that an encoding has, always the same ones."""
    draw = random.Random(f"{language} {encoding}")  # no secret
    able = [one for one in SMALL[language].split() if can_write(one, encoding)]
    for size in (*sizes, *sizes, *sizes):
        chosen = [draw.choice(able) for _ in range(size)]
        text = "id;name;n\n" + "".join(f"{n};{one};{n * 3}\n" for n, one in enumerate(chosen))
        yield text, text.encode(encoding)


def can_write(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def conclude(data: bytes, declared: str | None = None) -> tuple[str, str]:
    watch = EncodingWatch(path="a.csv", declared=declared, shows_words=True)
    watch.feed(data)
    watch.feed(b"", final=True)
    try:
        return watch.conclude(), watch.doubt
    except SourceRefused as refused:
        return "", refused.problem


@pytest.mark.parametrize("language", SMALL)
def test_a_small_file_is_read_right_or_warns(language: str) -> None:
    for encoding in CANDIDATES:
        for text, data in draw_files(language, encoding, (1, 2, 3, 5, 8, 15)):
            found, doubt = conclude(data)
            right = bool(found) and data.decode(found, "replace") == text
            assert right or doubt, (encoding, found, text)


@pytest.mark.parametrize("language", SMALL)
def test_a_declared_encoding_that_is_right_never_warns(language: str) -> None:
    for encoding in CANDIDATES:
        for text, data in draw_files(language, encoding, (1, 3, 8, 30)):
            if data.isascii():
                continue
            assert conclude(data, encoding) == (encoding, ""), text


@pytest.mark.parametrize("language", [one for one in SMALL if one not in ("signs", "Italian")])
def test_a_declared_encoding_that_is_wrong_warns_with_a_word(language: str) -> None:
    for encoding in CANDIDATES:
        for text, data in draw_files(language, encoding, (30,)):
            for said in CANDIDATES:
                if data.decode(said, "replace") != text:
                    assert conclude(data, said)[1], (encoding, said, text)


def test_one_sign_is_enough_between_encodings_that_differ_in_eight() -> None:
    _, doubt = conclude("id;prix\n1;10€\n2;été\n".encode("iso8859-15"), "windows-1252")
    assert doubt.endswith("“10¤” would be “10€”. Fix `encoding`, or the file") or "€" in doubt
    assert conclude("id;prix\n1;10€\n2;été\n".encode("cp1252"), "windows-1252")[1] == ""
