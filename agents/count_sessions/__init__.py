"""count_sessions: sessions-received → sessions-counted, running totals by the state that sessions came to."""
