"""The header Link as servers write it, and what must not be taken for the end of a list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medallion.sources.http.links import UnreadableLinks, links_of, next_target

PAGE = "https://api.example.com/v1/items"


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('</items?page=2>; rel="next"', "/items?page=2"),
        ('</items?page=2>; title="page=2"; rel="next"', "/items?page=2"),
        ('</items?page=2>; title="a; b, c"; rel="next"', "/items?page=2"),
        (r'</items?page=2>; title="say \"rel=prev\""; rel=next', "/items?page=2"),
        ("</items?page=2>; REL=Next", "/items?page=2"),
        ("</items;v=1?page=2>;rel='next'", "/items;v=1?page=2"),
        ('<?ids=1,2&page=2>; rel="last NEXT"', "?ids=1,2&page=2"),
        ("< https://x/2 > ; crossorigin ; rel = next ;", "https://x/2"),
        ('<a>; rel="prev", <b>; rel="next", <c>; rel="last"', "b"),
        (", , <a>; rel=prev,,<b>; rel=next, ", "b"),
        ('<a>; rel=prev; rel=next, <b>; rel="next"', "b"),  # the first rel counts
        ("<b>; rel=next; title*=UTF-8''p%C3%A9ge%202; hreflang=fr", "b"),
        ("<b>; rel=next, <b>; rel=next", "b"),
        ("<b>; rel=next; anchor=/v1/items?page=1#top", "b"),
        ('<https://api.w.org/>; rel="https://api.w.org/", <b>; rel=next', "b"),
        ('<p>; rel="previous"; results="true", <n>; rel="next"; results="true"; cursor="0:1:0"',
         "n"),
        # Ends.
        ('<p>; rel="previous"; results="true", <n>; rel="next"; results="false"; cursor="0:2:0"',
         ""),
        ('<a>; rel="first", <c>; rel="nextish"', ""),
        ("", ""),
        (" , ", ""),
    ],
)  # fmt: skip
def test_the_next_page_of_a_link_header(header: str, target: str) -> None:
    assert next_target([header], PAGE) == target


def test_several_headers_are_one() -> None:
    assert next_target(["<a>; rel=first", "<b>; rel=next"], PAGE) == "b"
    assert next_target([], PAGE) == ""


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("/items?page=2; rel=next", "no <URL> at character 1"),
        ("</items?page=2", "no <URL> at character 1"),
        ('<a>; rel="first", items; rel="next"', "no <URL> at character 19"),
        ('</items?page=2>; rel="next', "character 22"),
        ('</items?page=2> rel="next"', "neither a parameter nor an end at character 16"),
        ('<a>; title=a,b; rel="next"', "no <URL> at character 14"),
        ("<a>; rel=next, <b>; rel=next", "more than one next page"),
        ("<b>; rel=next; anchor=/v1/shops", "another resource"),
        ("<>; rel=next", "empty"),
    ],
)
def test_what_cannot_be_read_for_certain_is_no_end(header: str, said: str) -> None:
    with pytest.raises(UnreadableLinks, match=said):
        next_target([header], PAGE)


VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)


@given(
    links=st.lists(
        st.tuples(
            st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="<>")),
            st.dictionaries(st.sampled_from(["rel", "title", "x-1", "results"]), VALUES),
        ),
        max_size=4,
    )
)
def test_what_is_written_by_the_grammar_is_read_back(
    links: list[tuple[str, dict[str, str]]],
) -> None:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    header = ", ".join(
        f"<{target}>" + "".join(f"; {name}={quoted(value)}" for name, value in params.items())
        for target, params in links
    )
    assert [(link.target, dict(link.params)) for link in links_of(header)] == links


@given(st.text(st.sampled_from("<>;,=\"\\ 'arelnxt"), max_size=40))
def test_any_header_is_read_or_refused(header: str) -> None:
    try:
        next_target([header], PAGE)
    except UnreadableLinks as error:
        assert str(error)
