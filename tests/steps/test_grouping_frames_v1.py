"""What of a frame varies between builds and machines, and is taken off."""

import pytest

from agents.fingerprint.grouping_v1.frames import clean_function, clean_module, clean_path, frame_value


@pytest.mark.parametrize(
    ("function", "cleaned"),
    [
        ("process_event", "process_event"),
        ("<module>", "<module>"),
        ("<lambda>", "<lambda>"),
        ("Object.<anonymous>", "Object.<anonymous>"),
        ("lambda$run$0", "lambda$run$"),
        ("lambda$0", "lambda$"),
        ("access$000", "access$"),
        ("main.func1", "main.func"),
        ("(*Server).Serve.func1.2", "(*Server).Serve.func"),
        ("core::ops::call_once::h0123456789abcdef", "core::ops::call_once"),
        ("ns::Foo::bar(int, char const*)", "ns::Foo::bar"),
        ("ns::Foo::bar(int (*)(char)) const", "ns::Foo::bar"),
        ("std::function<T>::operator()", "std::function<T>::operator()"),
        ("(anonymous namespace)::run", "(anonymous namespace)::run"),
        ("<lambda_5db80dab47756d3e72c2dcd38b80b1dd>::operator()", "<lambda>::operator()"),
        ("__42-[Foo bar]_block_invoke.641", "__42-[Foo bar]_block_invoke"),
        ("__main_block_invoke_2", "__main_block_invoke"),
        ("block_destroy_helper.51", "block_destroy_helper"),
        ("closure #1 in Shop.load(id:)", "closure in Shop.load"),
        ("<Main>b__0_1", "<Main>b__"),
        ("class@anonymous\ufffd/srv/a/b.php:12$0::run", "class@anonymous::run"),
        ("?A0xc3a0617d::crash", "::crash"),
        ("helper+0x1f", "helper"),
    ],
)
def test_functions(function: str, cleaned: str) -> None:
    assert clean_function(function) == cleaned


@pytest.mark.parametrize(
    ("module", "cleaned"),
    [
        ("shop.orders", "shop.orders"),
        ("com.example.Shop$$Lambda$14/0x0000000800c03000", "com.example.Shop$$Lambda"),
        ("com.example.Shop$$Lambda/0x00007f1", "com.example.Shop$$Lambda"),
        ("com.example.Shop$$EnhancerBySpringCGLIB$$1a2b3c", "com.example.Shop$$EnhancerBySpringCGLIB"),
        ("com.sun.proxy.$Proxy123", "com.sun.proxy.$Proxy"),
        ("com.example.Shop$1", "com.example.Shop$"),
        ("com.example.Shop$Cart", "com.example.Shop$Cart"),
        ("github.com/a/b@v1.2.3/c", "github.com/a/b/c"),
    ],
)
def test_modules(module: str, cleaned: str) -> None:
    assert clean_module(module) == cleaned


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
        ("https://cdn.example/static/js/main.3f2a9c1b.js?v=2#x", None, "static/js/main.js"),
        ("https://cdn.example/v1.2.3/app.js", None, "<version>/app.js"),
        (
            "http://localhost:3000/_next/static/chunks/index-c67a75d1b6f99dc8.js",
            None,
            "_next/static/chunks/index.js",
        ),
        (
            "https://a.example/_static/34f8a6d11b9f52ebb4e5fd949650088f/dist/x.js",
            None,
            "_static/<hash>/dist/x.js",
        ),
        ("webpack:///./src/components/Cart.tsx?a1b2", None, "src/components/Cart.tsx"),
        ("webpack://shop/./src/Cart.tsx", None, "src/Cart.tsx"),
        ("webpack-internal:///./src/Cart.tsx", None, "src/Cart.tsx"),
        ("app:///main.jsbundle", None, "main.jsbundle"),
        ("file:///home/ann/shop/dist/index.js", None, "index.js"),
        ("../../vendor/boost/shared_ptr.hpp", None, "vendor/boost/shared_ptr.hpp"),
        ("jquery.min.js", None, "jquery.min.js"),
        ("controller2.py", None, "controller2.py"),
        ("lib/my_module_s3_client2.py", None, "lib/my_module_s3_client2.py"),
        ("lib/google-oauth2client.js", None, "lib/google-oauth2client.js"),
        ("assets/index-BXk29a_1.js", None, "assets/index.js"),
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
        (None, "<anonymous>", "Array.map", "Array.map"),
        (None, None, "<redacted>", None),
        (None, None, None, None),
    ],
)
def test_frame_values(
    module: str | None, filename: str | None, function: str | None, value: str | None
) -> None:
    assert frame_value(module, filename, None, function) == value
