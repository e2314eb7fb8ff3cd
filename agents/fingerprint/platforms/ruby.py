"""Ruby: blocks, gems, the interpreter's own frames."""

import re

from agents.fingerprint.platforms.platform import Platform, replacements

RUBY = Platform(
    library_modules=(
        "ActiveRecord::",
        "ActionController::",
        "ActionDispatch::",
        "ActiveSupport::",
        "Rack::",
        "Sidekiq::",
        "Puma::",
    ),
    library_paths=("/gems/", "/lib/ruby/", "/rubies/", "/bundler/"),
    library_path_starts=("<internal:", "(eval"),
    # A block is named by the method around it.
    function=replacements(
        (r"^(?:(?:block(?: \(\d+ levels\))?|rescue|ensure) in )+", ""),
        (r"^(?:__bind_|_callback_|_run_)\w{1,200}$", "<generated>"),
    ),
    generated=re.compile(r"^(?:<generated>|_app_views_[\w]+|each|map|times|loop|tap|yield_self|then)$"),
)
