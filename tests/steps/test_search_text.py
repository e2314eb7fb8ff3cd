"""The text that full-text search looks through."""

from fingerprinting import exception, frame, normalised

from agents.fingerprint.search_text import SEARCH_TEXT, search_text


def test_it_holds_what_people_search_for() -> None:
    event = normalised(
        message="cart is empty",
        transaction="/cart",
        logger="shop.cart",
        tags={"region": "eu"},
        exception=[exception(frame("load_cart", filename="shop/cart.py"), value="bad total")],
        threads=[{"crashed": True, "stacktrace": {"frames": [frame("worker_loop")]}}],
    )
    found = search_text(event)
    for words in (
        "ValueError: bad total",
        "cart is empty",
        "/cart",
        "shop.cart",
        "region eu",
        "shop/cart.py",
    ):
        assert words in found
    assert "load_cart" in found
    assert "worker_loop" in found


def test_it_is_bounded_and_keeps_the_innermost_frames() -> None:
    event = normalised(
        message="m" * 9_000,
        exception=[exception(*[frame(f"f{n}" + "x" * 100) for n in range(250)], value="v" * 9_000)],
    )
    found = search_text(event)
    assert len(found) == SEARCH_TEXT
    assert "f249" in found
    assert "f0x" not in found
