"""PHP: anonymous classes, closures, Composer's vendor folder."""

from agents.fingerprint.platforms.platform import Platform, replacements

_LIBRARIES = (
    "Illuminate\\",
    "Symfony\\",
    "Laravel\\",
    "Doctrine\\",
    "Twig\\",
    "GuzzleHttp\\",
    "Psr\\",
    "Monolog\\",
    "Sentry\\",
    "PHPUnit\\",
    "Slim\\",
    "Laminas\\",
    "Zend\\",
    "Yiisoft\\",
    "yii\\",
    "Cake\\",
    "CodeIgniter\\",
    "League\\",
    "Carbon\\",
)

PHP = Platform(
    library_modules=_LIBRARIES,
    library_functions=_LIBRARIES,
    library_paths=("/vendor/",),
    library_path_starts=("[internal]",),
    function=replacements(
        (r"@anonymous.*?(?=::|$)", "@anonymous"),  # followed by path and line
        (r"\{closure(?::[^{}]{0,1000}?)?(?::\d+(?:-\d+)?)?\}", "{closure}"),  # PHP 8.4 adds the place
        (r"(?<=::)?class@anonymous", "class@anonymous"),
    ),
)
