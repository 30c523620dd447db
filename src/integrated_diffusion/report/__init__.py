"""Self-contained HTML report of an integrated MuData: `report.write(data, "report.html")`."""

from __future__ import annotations

from integrated_diffusion.report.content import Content, gather
from integrated_diffusion.report.page import render, write

__all__ = ["Content", "gather", "render", "write"]
