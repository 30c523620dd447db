"""Surface proteins paired with the genes that encode them, whatever the panel calls them."""

from __future__ import annotations

from difflib import get_close_matches

import numpy as np

from integrated_diffusion.association.antigens import genes_of, is_control
from integrated_diffusion.association.pairs import Names, Pairs, Unpaired, as_names
from integrated_diffusion.association.spelling import bare, plain

N_NEAREST = 3
"""Number of names that are listed for a protein without a gene."""


def protein_pairs(gene_names: Names, protein_names: Names) -> Pairs:
    """Pair proteins, the second view, with their genes, the first.

    A protein belongs to the gene of the same name, and to the genes that the table of antigens lists for it
    (`association/antigens.csv`): CD3 to *CD3D*, *CD3E* and *CD3G*, CD127 to *IL7R*, PD-1 to *PDCD1*. Case, suffixes
    of panels and clones and numbers of second clones do not matter. Isotype controls have no pairs.

    Parameters
    ----------
    gene_names, protein_names : sequence of str
        Names of the features: gene symbols, and antigens as panels write them.

    Returns
    -------
    Pairs
        With `unpaired` proteins, the genes they should have and the nearest names there are, and `controls`.

    Raises
    ------
    ValueError
        If no protein has its gene among the genes.

    Examples
    --------
    >>> found = protein_pairs(["IL7R", "CD3E", "NCAM1"], ["CD127_TotalSeqB", "CD3", "cd56.2", "CD25", "IgG1_control"])
    >>> found.frame()[["first", "second"]].values.tolist()
    [['IL7R', 'CD127_TotalSeqB'], ['CD3E', 'CD3'], ['NCAM1', 'cd56.2']]
    >>> found.unpaired, found.controls
    ((Unpaired('CD25', expected IL2RA),), ('IgG1_control',))
    """
    genes, proteins = as_names(gene_names), as_names(protein_names)
    columns: dict[str, list[int]] = {}
    for place, name in enumerate(plain(genes)):
        columns.setdefault(str(name), []).append(place)
    columns.pop("", None)
    found, unpaired, controls = [], [], []
    for place, (name, short) in enumerate(zip(proteins.tolist(), bare(proteins).tolist(), strict=True)):
        if is_control(name):
            controls.append(name)
            continue
        wanted = dict.fromkeys((name.strip().casefold(), short, *(gene.casefold() for gene in genes_of(name))))
        own = sorted({column for gene in wanted for column in columns.get(gene, [])})
        found += [(column, place) for column in own]
        if not own and name:
            unpaired.append(Unpaired(name, genes_of(name), _nearest(name, short, columns, genes)))
    if not found:
        raise ValueError(
            f"pairs: expected genes of the proteins, found none (such as {_some(genes)} here and {_some(proteins)} "
            "there); give a table of pairs"
        )
    first, second = np.array(sorted(found), dtype=np.intp).T
    return Pairs.of(genes, proteins, first, second, unpaired=tuple(unpaired), controls=tuple(controls))


def are_proteins(names: Names) -> bool:
    """Whether at least half of the features of a view, isotype controls left out, are known antigens."""
    counted = [name for name in as_names(names).tolist() if name and not is_control(name)]
    return bool(counted) and 2 * sum(bool(genes_of(name)) for name in counted) >= len(counted)


def _nearest(name: str, short: str, columns: dict[str, list[int]], genes: np.ndarray) -> tuple[str, ...]:
    """Names of genes that look most like the genes a protein should have, or like itself."""
    asked = [gene.casefold() for gene in genes_of(name)] or [short]
    near = [one for word in asked for one in get_close_matches(word, list(columns), n=N_NEAREST, cutoff=0.75)]
    return tuple(str(genes[columns[one][0]]) for one in dict.fromkeys(near[:N_NEAREST]))


def _some(names: np.ndarray) -> str:
    return ", ".join(map(repr, names[:3].tolist())) or "nothing"
