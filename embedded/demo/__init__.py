"""What ``up --demo`` sends: realistic errors of five made-up services, with releases, a regression and spikes."""

from embedded.demo.run import run_demo

__all__ = ["run_demo"]
