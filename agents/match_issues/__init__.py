"""match_issues: issues-tracked → rules-matched, the changes of issues that rules wait for."""
