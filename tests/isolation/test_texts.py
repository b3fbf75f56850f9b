"""What policies and routines compare is read from their parse trees, however it is written."""

from __future__ import annotations

import pytest

from isolation.introspection.texts import asks_caller, compared_in, comparisons, scalar_selects


@pytest.mark.parametrize(
    "text",
    [
        "id = auth.uid()",
        "auth.uid() = id",
        "(( SELECT auth.uid() AS uid) = id)",
        "id = (select (auth.jwt() ->> 'sub')::uuid)",
        "id::text = (current_setting('request.jwt.claims', true)::json ->> 'sub')",
        "id in (select auth.uid())",
    ],
)
def test_comparisons__caller(text: str) -> None:
    """The caller's id is the caller's id on either side, in a sub-select, cast, or read from the claims."""
    found = [c for c in comparisons(text) if c.column.column == "id"]

    assert len(found) == 1
    assert found[0].other.caller in ("uid", "jwt sub", "setting request.jwt.claims sub")


@pytest.mark.parametrize(
    ("text", "column", "operator", "negated", "constants"),
    [
        ("a <> 'private'", "a", "=", True, ("private",)),
        ("a not in ('x', 'y')", "a", "=", True, ("x", "y")),
        ("((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))", "a", "=", False,
         ("x", "y")),
        ("3 > a", "a", "<", False, ("3",)),
        ("a is not null", "a", "null", True, ()),
        ("a like 'x%'", "a", "~~", False, ("x%",)),
    ],
)  # fmt: skip
def test_comparisons__constants(
    text: str, column: str, operator: str, negated: bool, constants: tuple[str, ...]
) -> None:
    """Each form of comparison names its column, its constants, and whether it is denied."""
    found = comparisons(text)

    assert [(c.column.column, c.operator, c.negated, c.other.constants) for c in found] == [
        (column, operator, negated, constants)
    ]


def test_comparisons__within() -> None:
    """A key within a document and a folder of a name are told from the column itself."""
    key, folder = (
        comparisons(text)[0].column
        for text in ("metadata ->> 'owner' = auth.uid()::text", "(storage.foldername(name))[2] = auth.uid()::text")
    )

    assert (key.column, key.path, key.folder) == ("metadata", ("owner",), 0)
    assert (folder.column, folder.path, folder.folder) == ("name", (), 2)


def test_compared_in__procedures() -> None:
    """The statements within a procedure are read; its assignments are no comparisons."""
    source = " begin v := 1; select a into v from t where t.code = p_code; return v; end "
    definition = f"create function f(p_code text) returns int language plpgsql as $$ declare v int;{source}$$"

    found = compared_in(source, definition, "plpgsql")

    assert [(c.column.column, c.other.parameter) for c in found if c.column.of] == [("code", "p_code")]


def test_scalar_selects__one_row() -> None:
    """A sub-select that must bring one row is told from one that may bring several, or sums them up."""
    one = "x = (select e.tenant_id from public.employees e where e.user_id = auth.uid())"
    many = "x in (select e.tenant_id from public.employees e) and 1 = (select count(*) from public.employees)"

    assert [name for name, _ in scalar_selects(one)] == ["public.employees"]
    assert list(scalar_selects(many)) == []


@pytest.mark.parametrize(("text", "asks"), [("true", False), ("lower(a) = 'x'", False), ("f(auth.uid(), a)", True)])
def test_asks_caller(text: str, asks: bool) -> None:
    """Whether a policy depends on who calls is told also where it is handed to a function."""
    assert asks == asks_caller(text)
