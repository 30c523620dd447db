"""Time and memory of each stage, for asv: `asv --config benchmarks/asv.conf.json run --python=same --quick`."""
