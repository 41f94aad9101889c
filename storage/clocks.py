"""Says how far the clocks of replicas may be apart."""

CLOCKS_APART_S = 25.0  # as docs/install.ru.md grants; a clock that is behind by more was put back
