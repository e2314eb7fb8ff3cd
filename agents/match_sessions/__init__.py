"""match_sessions: sessions-counted → rules-matched, the totals of sessions that rules about crashes look at."""
