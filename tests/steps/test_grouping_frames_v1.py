"""What of a frame varies between builds and machines, and is taken off."""

import pytest

from agents.fingerprint.grouping_v1.frames import clean_function, clean_module, frame_part, frame_value
from agents.fingerprint.grouping_v1.paths import clean_path
from agents.fingerprint.platforms import platform_of
from schemas.event import Frame


@pytest.mark.parametrize(
    ("platform", "function", "cleaned"),
    [
        ("python", "process_event", "process_event"),
        ("python", "<module>", "<module>"),
        ("python", "<lambda>", "<lambda>"),
        ("python", "load.<locals>.<lambda>", "load"),
        ("node", "Object.<anonymous>", ""),
        ("node", "async Cart.total", "Cart.total"),
        ("node", "new Cart", "Cart"),
        ("node", "Object.load [as onClick]", "load"),
        ("javascript", "load/<", "load"),
        ("javascript", "load/inner/<", "load/inner"),
        ("java", "lambda$run$0", "run"),
        ("java", "lambda$0", "lambda"),
        ("java", "load$default", "load"),
        ("java", "total-WZ4Q5Ns", "total"),
        ("scala", "$anonfun$load$1", "load"),
        ("scala", "$anonfun$load$1$adapted", "load"),
        ("go", "func1", "func1"),
        ("go", "main.func1", "main"),
        ("go", "(*Server).Serve.func1.2", "(*Server).Serve"),
        ("go", "(*Server).Serve-fm", "(*Server).Serve"),
        ("go", "Map[...]", "Map"),
        ("rust", "core::ops::call_once::h0123456789abcdef", "core::ops::call_once"),
        ("rust", "shop::load::{{closure}}::h0123456789abcdef", "shop::load"),
        ("rust", "shop::load::{closure#0}", "shop::load"),
        ("rust", "shop::list::<u8>::push", "shop::list::push"),
        ("rust", "<shop::Cart<T> as core::ops::Drop>::drop", "<shop::Cart as core::ops::Drop>::drop"),
        ("native", "ns::Foo::bar(int, char const*)", "ns::Foo::bar"),
        ("native", "ns::Foo::bar(int (*)(char)) const", "ns::Foo::bar"),
        ("native", "std::vector<int, std::allocator<int>>::push_back", "std::vector::push_back"),
        ("native", "std::function<T>::operator()", "std::function::operator()"),
        ("native", "ns::operator<", "ns::operator<"),
        ("native", "ns::operator->", "ns::operator->"),
        ("native", "(anonymous namespace)::run", "(anonymous namespace)::run"),
        ("native", "<lambda_5db80dab47756d3e72c2dcd38b80b1dd>::operator()", "<lambda>::operator()"),
        ("cocoa", "__42-[Foo bar]_block_invoke.641", "-[Foo bar]"),
        ("cocoa", "__main_block_invoke_2", "main"),
        ("native", "block_destroy_helper.51", "block_destroy_helper"),
        ("native", "load.constprop.0", "load"),
        ("cocoa", "closure #1 in Shop.load(id:)", "Shop.load"),
        ("cocoa", "specialized Shop.load(id:)", "Shop.load"),
        ("cocoa", "partial apply for closure #2 in Shop.load(id:)", "Shop.load"),
        ("csharp", "<Main>b__0_1", "Main"),
        ("csharp", "<Load>g__Check|5_0", "Load.Check"),
        ("csharp", "Load[T](T id)", "Load"),
        ("php", "class@anonymous\ufffd/srv/a/b.php:12$0::run", "class@anonymous::run"),
        ("php", "{closure:App\\Cart::total():12}", "{closure}"),
        ("ruby", "block (2 levels) in load", "load"),
        ("ruby", "rescue in block in load", "load"),
        ("native", "?A0xc3a0617d::crash", "::crash"),
        ("native", "helper+0x1f", "helper"),
        ("crystal", "load$1", "load$1"),
    ],
)
def test_functions(platform: str, function: str, cleaned: str) -> None:
    assert clean_function(platform_of(platform), function) == cleaned


@pytest.mark.parametrize(
    ("platform", "module", "cleaned"),
    [
        ("python", "shop.orders", "shop.orders"),
        ("java", "com.example.Shop$$Lambda$14/0x0000000800c03000", "com.example.Shop$$Lambda"),
        ("java", "com.example.Shop$$Lambda/0x00007f1", "com.example.Shop$$Lambda"),
        ("java", "com.example.Shop$1", "com.example.Shop"),
        ("java", "com.example.Shop$Cart", "com.example.Shop$Cart"),
        ("clojure", "shop.core$load_cart__1234", "shop.core$load_cart"),
        ("go", "github.com/a/b@v1.2.3/c", "github.com/a/b/c"),
        ("go", "github.com/a/b/v2/c", "github.com/a/b/c"),
        ("csharp", "Shop.Cart+<Load>d__12", "Shop.Cart+Load"),
        ("csharp", "Shop.Cart+<>c__DisplayClass4_0", "Shop.Cart"),
        ("csharp", "Shop.List`1[[System.Int32]]", "Shop.List"),
    ],
)
def test_modules(platform: str, module: str, cleaned: str) -> None:
    assert clean_module(platform_of(platform), module) == cleaned


@pytest.mark.parametrize(
    ("platform", "module", "function"),
    [
        ("java", "com.example.Shop$$EnhancerBySpringCGLIB$$1a2b3c", "load"),
        ("java", "com.example.Shop$$SpringCGLIB$$0", "load"),
        ("java", "com.sun.proxy.$Proxy123", "load"),
        ("java", "jdk.internal.reflect.GeneratedMethodAccessor17", "invoke"),
        ("java", "com.example.Shop", "access$000"),
        ("python", "shop.carts", "<listcomp>"),
        ("python", "shop.carts", "total.<locals>.<genexpr>"),
        ("javascript", "cart", "asyncGeneratorStep"),
        ("rust", None, "core::panicking::panic_fmt"),
    ],
)
def test_generated_frames(platform: str, module: str | None, function: str) -> None:
    assert frame_part(platform, Frame(module=module, function=function, in_app=True)).generated


@pytest.mark.parametrize(
    ("filename", "abs_path", "cleaned"),
    [
        ("shop/orders.py", "/srv/shop/shop/orders.py", "shop/orders.py"),
        ("/srv/v12/shop/orders.py", "/srv/v12/shop/orders.py", "orders.py"),
        ("/app/Http/Kernel.php", "/home/ann/shop/app/Http/Kernel.php", "app/Http/Kernel.php"),
        (None, "C:\\Users\\ann\\shop\\Program.cs", "Program.cs"),
        ("D:/build/src/main.cpp", None, "main.cpp"),
        ("/x/venv/lib/python3.11/site-packages/flask/app.py", None, "flask/app.py"),
        ("/srv/node_modules/a/node_modules/b/index.js", None, "b/index.js"),
        ("/go/pkg/mod/github.com/a/b@v1.2.3/c.go", None, "github.com/a/b/c.go"),
        ("https://cdn.example/static/js/main.3f2a9c1b.js?v=2#x", None, "main.js"),
        ("https://cdn.example/v1.2.3/app.js", None, "app.js"),
        (
            "http://localhost:3000/_next/static/chunks/index-c67a75d1b6f99dc8.js",
            None,
            "index.js",
        ),
        (
            "https://a.example/_static/34f8a6d11b9f52ebb4e5fd949650088f/dist/x.js",
            None,
            "x.js",
        ),
        ("webpack:///./src/components/Cart.tsx?a1b2", None, "src/components/Cart.tsx"),
        ("webpack://shop/./src/Cart.tsx", None, "src/Cart.tsx"),
        ("webpack-internal:///./src/Cart.tsx", None, "src/Cart.tsx"),
        ("app:///main.jsbundle", None, "main.jsbundle"),
        ("file:///home/ann/shop/dist/index.js", None, "index.js"),
        ("../../vendor/boost/shared_ptr.hpp", None, "boost/shared_ptr.hpp"),
        ("jquery.min.js", None, "jquery.min.js"),
        ("controller2.py", None, "controller2.py"),
        ("lib/my_module_s3_client2.py", None, "lib/my_module_s3_client2.py"),
        ("lib/google-oauth2client.js", None, "lib/google-oauth2client.js"),
        ("assets/index-BXk29a_1.js", None, "assets/index.js"),
        ("assets/index-BXkDLPQa.js", None, "assets/index.js"),
        ("assets/vendor-ReactDom.js", None, "assets/vendor-ReactDom.js"),
        ("static/3f2a9c1b.js", None, "static/<hash>.js"),
        ("static/1234.chunk.js", None, "static/<number>.chunk.js"),
        ("/usr/gems/rack-2.2.3/lib/rack/etag.rb", None, "rack/lib/rack/etag.rb"),
        ("runtime~main.0a1b2c3d4e5f.chunk.js", None, "runtime~main.chunk.js"),
        (None, None, ""),
    ],
)
def test_paths(filename: str | None, abs_path: str | None, cleaned: str) -> None:
    assert clean_path(filename, abs_path) == cleaned


@pytest.mark.parametrize(
    ("module", "filename", "function", "value"),
    [
        ("shop.orders", "shop/orders.py", "load", "shop.orders load"),
        ("__main__", "run.py", "main", "run.py main"),
        (None, "a.js", None, "a.js"),
        (None, None, "load", "load"),
        (None, "a.js", "?", "a.js"),
        (None, "<anonymous>", "Cart.map", "Cart.map"),
        (None, None, "<redacted>", None),
        (None, None, None, None),
    ],
)
def test_frame_values(
    module: str | None, filename: str | None, function: str | None, value: str | None
) -> None:
    assert frame_value(platform_of("node"), module, filename, None, function) == value
