"""The operator algebra: diffusion operators that multiply, add, repeat and transpose, and are never formed as a matrix.

>>> import numpy as np, scipy.sparse as sp
>>> from integrated_diffusion.operators import DiffusionOperator
>>> K = sp.csr_array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.2], [0.0, 0.2, 1.0]])
>>> rna, atac = DiffusionOperator(K, name="rna"), DiffusionOperator(K.T, name="atac")
>>> J = rna**3 @ atac**2
>>> J
rna³ · atac²
>>> (J @ np.ones(3)).round(6).tolist()
[1.0, 1.0, 1.0]
>>> 1 / 3 * rna + 2 / 3 * atac
0.33 rna + 0.67 atac

Each kind of factor is one small class that knows how to apply itself to a block of columns from either side. A new
kind (the identity on samples a view misses, rows for new samples, blocks on a cluster) is one more subclass.
"""

from integrated_diffusion.operators.algebra import (
    Identity,
    Operator,
    Power,
    Product,
    Transpose,
    WeightedSum,
    power,
    product,
)
from integrated_diffusion.operators.blocks import Block
from integrated_diffusion.operators.diagonal import Diagonal
from integrated_diffusion.operators.diffusion import DiffusionOperator
from integrated_diffusion.operators.embedded import EmbeddedOperator
from integrated_diffusion.operators.reordered import ReorderedOperator
from integrated_diffusion.operators.restricted import RestrictedOperator
from integrated_diffusion.operators.workspace import Workspace

__all__ = [
    "Block",
    "Diagonal",
    "DiffusionOperator",
    "EmbeddedOperator",
    "Identity",
    "Operator",
    "Power",
    "Product",
    "ReorderedOperator",
    "RestrictedOperator",
    "Transpose",
    "WeightedSum",
    "Workspace",
    "power",
    "product",
]
