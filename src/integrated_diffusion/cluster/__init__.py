"""The same algebra on a cluster of dask: views, operators and blocks in parts of rows, one more workspace.

Nothing below this folder knows of it. `workspace.ClusterWorkspace` computes what solvers do with blocks, part by part,
`operator.ClusterOperator` is the diffusion operator of one view in parts of rows, and `fit.integrate_on_cluster` makes
these of dask arrays. Only small matrices reach the client.
"""
