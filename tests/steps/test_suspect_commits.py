"""Suspect commits: which file is which frame's, and which commits come first."""

from datetime import UTC, datetime

import pytest
from fingerprinting import exception, frame, normalised

from api.suspect_commits import MOST, suspect_commits
from schemas.release import Commit, Release


def suspects(frames, *commits):
    event = normalised(exception={"values": [exception(*frames)]})
    return suspect_commits(event, Release("1", datetime.fromtimestamp(0, UTC), tuple(commits)))


def at(path, **fields):
    return frame("total", module=None, filename=path, **fields)


@pytest.mark.parametrize(
    ("path", "file", "is_suspect"),
    [
        ("shop/cart.py", "src/shop/cart.py", True),
        ("/srv/app/src/shop/cart.py", "src/shop/cart.py", True),
        ("C:\\build\\src\\shop\\cart.cs", "src/shop/cart.cs", True),
        ("cart.py", "src/shop/cart.py", True),
        ("/srv/app/cart.py", "cart.py", True),
        ("shop/cart.py", "stock/cart.py", False),
        ("shop/mycart.py", "cart.py", False),
        ("./../shop/cart.ts", "web/shop/cart.ts", True),
    ],
)
def test_which_file_is_which_frames(path, file, is_suspect):
    assert bool(suspects([at(path)], Commit("a", files=(file,)))) == is_suspect


def test_a_java_file_lies_in_the_folder_of_its_package():
    frames = [frame("total", module="com.example.shop.Cart", filename="Cart.java")]
    mine = Commit("a", files=("app/src/main/java/com/example/shop/Cart.java",))
    other = Commit("b", files=("app/src/main/java/com/example/stock/Cart.java",))
    assert [commit.id for commit in suspects(frames, mine, other)] == ["a"]


def test_what_is_not_in_app_is_not_looked_at():
    assert suspects([at("shop/cart.py", in_app=False)], Commit("a", files=("shop/cart.py",))) == []


def test_the_latest_come_first_and_are_few():
    commits = [Commit(str(n), timestamp=float(n), files=("shop/cart.py",)) for n in range(9)]
    found = suspects([at("shop/cart.py")], *commits)
    assert [commit.id for commit in found] == ["8", "7", "6", "5", "4"]
    assert len(found) == MOST


def test_the_file_that_is_told_is_the_one_nearest_to_the_error():
    frames = [at("shop/view.py"), frame("price", module=None, filename="shop/price.py")]
    (found,) = suspects(frames, Commit("a", files=("shop/view.py", "shop/price.py")))
    assert (found.file, found.function) == ("shop/price.py", "price")
