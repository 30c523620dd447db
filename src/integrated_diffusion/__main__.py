"""`python -m integrated_diffusion` is the command line."""

from integrated_diffusion.cli import script

if __name__ == "__main__":
    script()
