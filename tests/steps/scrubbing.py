"""A corpus of planted secrets and of harmless look-alikes, and every place of an event that a client can fill."""

from collections.abc import Callable, Iterator
from typing import Any

Payload = dict[str, Any]

#: A text with a secret in it, and the secret. None of these is or was anyone's.
SECRETS = {
    "card": ("paid with 4111 1111 1111 1111 today", "4111 1111 1111 1111"),
    "card without spaces": ("4012888888881881", "4012888888881881"),
    "american express": ("amex=3782-822463-10005;", "3782-822463-10005"),
    "card with dots": ("card 4111.1111.1111.1111, declined", "4111.1111"),
    "american express with dots": ("3782.822463.10005", "822463"),
    "card before cents": ("4111111111111111.00 EUR", "4111111111111111"),
    "card after a price": ("12.50 4111 1111 1111 1111", "4111 1111"),
    "iban": ("to DE89 3704 0044 0532 0130 00.", "3704 0044"),
    "iban in one piece": ("GB29NWBK60161331926819", "NWBK60161331926819"),
    "e-mail": ("sent to Jörg.Alice+x@mail.example.co.uk, failed", "@mail.example"),
    "encoded e-mail": ("?to=alice%40example.org", "alice%40"),
    "jwt": (
        "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
        "eyJzdWIiOiIxMjM0NTY3ODkwIn0",
    ),
    "private key": (
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\nabcd\n-----END RSA PRIVATE KEY-----",
        "MIIEpAIBAAKCAQEA7",
    ),
    "cut private key": ("key: -----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7...", "MIIEpAIBAAKCAQEA7"),
    "aws": ("AKIAIOSFODNN7EXAMPLE was refused", "AKIAIOSFODNN7EXAMPLE"),
    "aws secret": (
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "wJalrXUtnFEMI",
    ),
    "github": ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "ghp_16C7e42F29"),
    "google": ("key=AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY", "AIzaSyD-9tSrke72"),
    "slack": ("xoxb-2048107201-abcdefABCDEF123456", "2048107201-abcdef"),
    "slack webhook": ("https://hooks.slack.com/services/T000/B000/XXXXabcd1234", "XXXXabcd1234"),
    "stripe": ("Invalid API Key provided: sk_live_4eC39HqLyjWDarjtT1zdp7dc", "4eC39HqLyjWDarjtT1zdp7dc"),
    "gitlab": ("glpat-aB3dE5gH7jK9mN1pQ3sT", "aB3dE5gH7jK9mN1pQ3sT"),
    "npm": ("npm_aB3dE5gH7jK9mN1pQ3sTaB3dE5gH7jK9mN1p", "aB3dE5gH7jK9mN1pQ3sT"),
    "sendgrid": (
        "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",
        "ngeVfQFYQlKU0ufo8x5d1A",
    ),
    "openai": ("sk-proj-aB3dE5gH7jK9mN1pQ3sTaB3dE5", "aB3dE5gH7jK9mN1pQ3sT"),
    "bearer": ("Authorization: Bearer zq81mmXnP0aa", "zq81mmXnP0aa"),
    "basic": ("Basic YWxpY2U6cGFzc3dvcmQ=", "YWxpY2U6cGFzc3dvcmQ"),
    "url": ("connect postgres://app:zq81mm@db.internal:5432/shop", "zq81mm"),
    "redis": ("redis://:zq81mm@cache:6379/0", "zq81mm"),
    "query": ("GET /login?user=x&access_token=zq81mm&next=/", "zq81mm"),
    "form": ("user=x&user%5Bpassword%5D=zq81mm", "zq81mm"),
    "assignment": ("login(user='x', password='zq81mm')", "zq81mm"),
    "json": ('{"user": "x", "login": {"passWord": "zq8\\"1mm"}, "pin": 918273}', "1mm"),
    "json number": ('{"cvv": 918273, "a": [1]}', "918273"),
    "json object": ('{"credentials": {"a": "zq81mm"}}', "zq81mm"),
    "cut json": ('{"a": 1, "client_secret": "zq81mm', "zq81mm"),
    "json in json": ('{"body": "{\\"api_key\\": \\"zq81mm\\"}"}', "zq81mm"),
    "python": ("{'x-api-key': 'zq81mm', 'b': 2}", "zq81mm"),
    "python pairs": ("[(b'authorization', b'zq81mm')]", "zq81mm"),
    "xml": ("<user><Password>zq81mm</Password></user>", "zq81mm"),
    "multipart": ('--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nzq81mm\r\n--x--', "zq81mm"),
    "cookie": ("Cookie: a=b; sessionid=zq81mm", "zq81mm"),
    "command": ("deploy --db-password zq81mm --force", "zq81mm"),
    "curl": ("curl -u admin:zq81mm https://example.com", "zq81mm"),
    "mysql": ("mysqldump -h db -u root -pzq81mm shop > dump.sql", "zq81mm"),
    "mysql in quotes": ("mysql --host=db -p'zq 81mm' shop", "81mm"),
    "sshpass": ("sshpass -p zq81mm ssh deploy@build-7", "zq81mm"),
    "redis-cli": ("redis-cli -h cache -a zq81mm ping", "zq81mm"),
    "mongo": ("mongodump --host db -u app -p zq81mm", "zq81mm"),
    "docker": ("docker login -u bob -p zq81mm registry.example.com", "zq81mm"),
    "ldap": ("ldapsearch -D cn=admin -w zq81mm -b dc=x", "zq81mm"),
    "oracle": ("sqlplus -s scott/zq81mm@orcl", "zq81mm"),
    "oracle connect": ("cannot CONNECT scott/zq81mm@orcl as sysdba", "zq81mm"),
    "oracle easy connect": ("failed: scott/zq81mm@//db.internal:1521/shop", "zq81mm"),
    "oracle with port": ('dsn="scott/zq81mm@db:1521/shop"', "zq81mm"),
    "oracle by jdbc": ("jdbc:oracle:thin:scott/zq81mm@db:1521:shop", "zq81mm"),
    "sentence": ("the password for bob is zq81mm", "zq81mm"),
    "colon": ("Wrong password: zq81mm", "zq81mm"),
    "sql": ("CREATE USER x IDENTIFIED BY 'zq81mm'", "zq81mm"),
    "sql insert": ("INSERT INTO users (name, password) VALUES ('x', 'zq81mm')", "zq81mm"),
    "connection string": ("Server=db;User Id=sa;Password=zq81mm;Encrypt=true", "zq81mm"),
    "azure": ("AccountName=x;AccountKey=zq81mmabcdEFGH+/12==;", "zq81mmabcdEFGH"),
    "bcrypt": ("$2b$12$KIXQ8n1Ff5JH3xJ8l9m0aO1u2v3w4x5y6z7A8B9C0D1E2F3G4H5I6", "KIXQ8n1Ff5JH3x"),
    "social security": ("patient 078-05-1120 not found", "078-05-1120"),
    "tax code": ("RSSMRA85T10A562S", "RSSMRA85T10A562S"),
}

#: Names of secrets, as SDKs and frameworks write them.
NAMES = (
    "password", "passwd", "PASSWORD", "userPassword", "db_password", "DB_PASSWORD", "password1", "new-password",
    "password_confirmation", "passphrase", "pwd", "secret", "SECRET_KEY", "client_secret", "token", "access_token",
    "accessToken", "refreshToken", "auth_token", "authtoken", "id_token", "api_key", "apiKey", "X-Api-Key", "apikey",
    "Authorization", "Proxy-Authorization", "HTTP_AUTHORIZATION", "Cookie", "Set-Cookie", "HTTP_COOKIE", "cookies",
    "csrftoken", "csrfmiddlewaretoken", "X-CSRF-Token", "xsrf_token", "_csrf", "sessionid", "session_id", "PHPSESSID",
    "JSESSIONID", "session", "connect.sid", "credit_card", "creditCardNumber", "card_number", "cardNumber", "cvv", "cvc",
    "private_key", "privateKey", "ssh_key", "ssn", "social_security_number", "credentials", "AWS_SECRET_ACCESS_KEY",
    "aws_access_key_id", "encryption_key", "jwt", "otp", "pin", "auth", "bearer", "iban", "account_number", "PGPASSWORD",
    "MYSQL_PWD", "mysql_root_password", "x-amz-security-token", "X-Amz-Signature", "stripe_secret", "webhookSecret",
    "api_keys", "dbpass", "user_pass", "smtp_password", "passwort", "contraseña", "card_no", "creds", "security_answer",
    "tokens",
)  # fmt: skip

#: Names and values that only look like secrets.
HARMLESS_FIELDS = {
    "token_count": 5, "tokens": 512, "max_tokens": 4096, "tokenizer": "bpe-32k", "passwordless_login_enabled": "yes",
    "authority": "login.example.com", "author": "Ada Lovelace", "secretary": "Bob Smith", "password_length": 12,
    "has_password": True, "token": None, "session_timeout": 3600, "cookie_consent": "granted", "password_policy": "strict",
    "compass": "north", "passenger": "Jane Roe", "monkey": "bananas", "keyboard": "qwerty", "pinned": "yes-pinned",
    "shipping": "express-one", "token_type": "bearer-type", "password_reset_url": "/reset/start", "is_authenticated": "True",
    "authentication_method": "saml-two", "sessions_total": 91, "cookie_name": "sessionid", "public_key": "ssh-ed25519 short",
    "primary_key": "order_id", "foreign_key": "customer", "bypass": "allowed", "description": "a plain sentence",
    "password": "[Filtered]", "secret": "********", "api_key": "${API_KEY}",
    "csrf_enabled": "1-yes", "tokenized": "words here",
}  # fmt: skip

HARMLESS = (
    "550e8400-e29b-41d4-a716-446655440000", "d41d8cd98f00b204e9800998ecf8427e", "order 4111111111111112 is late",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "version 1.2.3-beta.4+build.5", "2025-10-09T08:53:20.123456Z", "1760000000123", "1760000000123456789", "icon@2x.png",
    "/static/img/logo@3x.webp", "@babel/core", "node_modules/.pnpm/react-dom@18.2.0/node_modules/react-dom/index.js",
    "git+ssh://git@github.com/acme/shop.git", "git@github.com:acme/shop.git", "ssh://deploy@build-7/srv", "lodash@4.17.21",
    "Unexpected token < in JSON at position 0", "Unexpected token: 'else'", "SyntaxError: Invalid or unexpected token",
    "KeyError: 'password'", "TypeError: login() missing 1 required positional argument: 'password'", "Token expired",
    "password must be at least 8 characters", "Invalid password for user 42", "Session expired after 30 minutes",
    "basic authentication failed", "Bearer token missing", "secret not found", "invalid_token: The token is invalid",
    "0x7fff5fbff8c0", "java.lang.Object@6d06d69c",
    "<sqlalchemy.orm.session.Session object at 0x7f3d2c1b0a90>", "127.0.0.1:8000",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
    "https://example.com/a/b?page=2&sort=asc&token_type=x", "SELECT id, token FROM sessions WHERE user_id = 7", "a = b @ c.T",
    "password = request.form['password']", "token = get_token(user)", "if password != confirm_password:", "memcpy@GLIBC_2.14",
    "self.session = session", "def login(username: str, password: str) -> Token:", "const token = req.headers.authorization;",
    "/home/app/.venv/lib/python3.11/site-packages/jwt/api_jwt.py",
    "com.acme.auth.TokenService$Cookie", "sk-learn-contrib-tools",
    "00000000-0000-0000-0000-000000000000", "0000000000000000", "tel 555-0100", "ISBN 978-3-16-148410-0", "tokens=512 used",
    "12345-67-8901", "000-12-3456", "GB00XXXX12345678901234",
    "DE89370400440532013001", "sha256:9f86d081884c7d659a2feaa0c55ad015",
    "arn:aws:iam::123456789012:role/deploy", "us-east-1.compute.internal", "10/09/2025 08:53", "#/components/schemas/Token",
    "mysql -u root -p", "mysql -h db -P3306 shop", "ssh -p 2222 deploy@build-7", "mkdir -p /srv/app", "tar -pxzf a.tgz",
    "docker run -p 8080:80 nginx", "docker login registry.example.com", "redis-cli -h cache ping", "sqlplus /nolog",
    "actions/checkout@v4", "acme/shop@main", "docker.io/acme/shop@sha256:9f86d081884c7d65", "golang.org/x/net@v0.17.0/http2",
    "cannot connect to db/shop@main", "refs/heads/main@{1}", "0.4111111111111111", "1.4111111111111111", "4111.1111.1111.1112",
    "1.4111.1111.1111.1111", "4111.1111.1111.1111.2", "2025.10.09.08.53.20", "1.3.6.1.4.1.311.21.20.4012888888881881",
    "webpack:///./src/auth/session.ts?a1b2", "npm ERR! code E401", "trace 4bf92f3577b34da6a3ce929d0e0e4736", "1e1000", "C++17",
)  # fmt: skip


def places() -> Iterator[tuple[str, Callable[[str], Payload]]]:
    """Every place where a client can put text: a name, and the payload with a text there."""

    def frame(**fields: Any) -> Payload:
        return {
            "exception": {"values": [{"type": "E", "stacktrace": {"frames": [{"function": "f", **fields}]}}]}
        }

    def crumb(**fields: Any) -> Payload:
        return {"breadcrumbs": {"values": [{"category": "c", **fields}]}}

    simple = ("message", "transaction", "server_name", "release", "dist", "environment", "logger", "culprit")
    for name in simple:
        yield name, lambda text, name=name: {name: text}
    yield "logentry", lambda text: {"logentry": {"message": "m", "formatted": text}}
    yield "parameter", lambda text: {"logentry": {"message": "m %s", "params": [text]}}
    yield "fingerprint", lambda text: {"fingerprint": ["a", text]}
    yield "exception value", lambda text: {"exception": {"values": [{"type": "E", "value": text}]}}
    yield "exception list", lambda text: {"exception": [{"type": "E", "value": text}]}
    yield "exception type", lambda text: {"exception": {"values": [{"type": text, "value": "v"}]}}
    yield (
        "mechanism",
        lambda text: {
            "exception": {"values": [{"type": "E", "mechanism": {"type": "m", "data": {"a": text}}}]}
        },
    )
    yield "local variable", lambda text: frame(vars={"a": text})
    yield "nested local", lambda text: frame(vars={"a": {"b": [1, {"c": text}]}})
    yield "absolute path", lambda text: frame(abs_path=text)
    yield "thread", lambda text: {"threads": {"values": [{"id": 1, "name": text}]}}
    yield "crumb message", lambda text: crumb(message=text)
    yield "crumb data", lambda text: crumb(data={"a": text})
    yield "url", lambda text: {"request": {"url": text}}
    yield "query string", lambda text: {"request": {"query_string": text}}
    yield "query pairs", lambda text: {"request": {"query_string": [["a", text]]}}
    yield "query object", lambda text: {"request": {"query_string": {"a": text}}}
    yield "header", lambda text: {"request": {"headers": {"X-Any": text}}}
    yield "header pairs", lambda text: {"request": {"headers": [["X-Any", text]]}}
    yield "cookies", lambda text: {"request": {"cookies": {"a": text}}}
    yield "body", lambda text: {"request": {"data": text}}
    yield "body object", lambda text: {"request": {"data": {"a": text}}}
    yield "environ", lambda text: {"request": {"env": {"A": text}}}
    yield "tag", lambda text: {"tags": {"a": text}}
    yield "tag pairs", lambda text: {"tags": [["a", text]]}
    yield "tag objects", lambda text: {"tags": [{"key": "a", "value": text}]}
    yield "user", lambda text: {"user": {"id": text, "username": text, "name": text}}
    yield "user data", lambda text: {"user": {"id": 1, "data": {"a": text}}}
    yield "context", lambda text: {"contexts": {"app": {"a": text}}}
    yield "extra", lambda text: {"extra": {"a": text}}
    yield "extra list", lambda text: {"extra": {"sys.argv": ["x", text]}}
    yield "extra name", lambda text: {"extra": {text: 1}}
    yield "package version", lambda text: {"modules": {"a": text}}
    yield "unknown field", lambda text: {"whatever": {"a": text}}


def named_places() -> Iterator[tuple[str, Callable[[str, Any], Payload]]]:
    """Every place where a client can put a value under a name."""
    yield "tags", lambda name, value: {"tags": {name: value}}
    yield "tag pairs", lambda name, value: {"tags": [[name, value]]}
    yield "tag objects", lambda name, value: {"tags": [{"key": name, "value": value}]}
    yield "extra", lambda name, value: {"extra": {name: value}}
    yield "context", lambda name, value: {"contexts": {"app": {name: value}}}
    yield "context of that name", lambda name, value: {"contexts": {name: {"a": value}}}
    yield "headers", lambda name, value: {"request": {"headers": {name: value}}}
    yield "header pairs", lambda name, value: {"request": {"headers": [[name, value]]}}
    yield "cookies", lambda name, value: {"request": {"cookies": [[name, value]]}}
    yield "query", lambda name, value: {"request": {"query_string": f"a=1&{name}={value}"}}
    yield "url", lambda name, value: {"request": {"url": f"https://example.com/?{name}={value}"}}
    yield "body", lambda name, value: {"request": {"data": {"a": [{name: value}]}}}
    yield "environ", lambda name, value: {"request": {"env": {name: value}}}
    yield (
        "locals",
        lambda name, value: {
            "exception": {"values": [{"stacktrace": {"frames": [{"vars": {name: value}}]}}]}
        },
    )
    yield "crumb", lambda name, value: {"breadcrumbs": [{"data": {name: value}}]}
    yield "user", lambda name, value: {"user": {"id": "1", "data": {name: value}}}
    yield "option", lambda name, value: {"extra": {"argv": ["run", f"--{name}", value]}}
    yield "message", lambda name, value: {"message": f"failed with {name}={value}"}
