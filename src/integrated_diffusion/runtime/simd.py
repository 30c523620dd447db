"""Several neighbouring columns of a row in the processor's registers at once: what the hot loops are written with.

numba keeps a sum over many rows in memory, where it is read and written for every row. `Lanes` stay in registers.
Products and sums are rounded one by one, so that each lane has the bits of the same sum done alone, but for those of
`plus_fused`.

numba's cache of what is built with these words is renewed when the file that uses them changes, not when this one does:
after an edit here, remove `__pycache__`.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import RequireLiteralValue
from numba.extending import intrinsic, models, register_model

_INT = ir.IntType(32)
_LINE = 64  # bytes that memory hands over at once
_READ, _KEEP, _DATA = 0, 3, 1  # what LLVM's prefetch asks: reading or writing, how long it is wanted, data or code


class Lanes(types.Type):
    """numba's type of some neighbouring values of one precision."""

    def __init__(self, dtype: Any, n: int) -> None:
        self.dtype, self.n = dtype, n
        super().__init__(name=f"Lanes({dtype}, {n})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Lanes) -> None:
        scalar = dmm.lookup(fe_type.dtype).get_data_type()
        super().__init__(dmm, fe_type, ir.VectorType(scalar, fe_type.n))


@intrinsic
def zeros(typingctx: Any, block: Any, n: Any) -> Any:
    """Return `n` zeros of a block's precision: `zeros(block, n)`, with `n` written as a number."""
    lanes = _as_many(block, n)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return ir.Constant(context.get_value_type(lanes), None)

    return lanes(block, n), code


@intrinsic
def plus_times(typingctx: Any, total: Any, weight: Any, block: Any, row: Any, column: Any) -> Any:
    """Return `total + weight * block[row, column : column + n]`."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        total, weight, *where = arguments
        start = builder.bitcast(_place(context, builder, signature.args[2:], where), total.type.as_pointer())
        values = builder.load(start, align=signature.args[2].dtype.bitwidth // 8)
        return builder.fadd(total, builder.fmul(_everywhere(builder, weight, total.type), values))

    return total(total, block.dtype, block, row, column), code


@intrinsic
def plus_fused(typingctx: Any, total: Any, weight: Any, values: Any) -> Any:
    """Return `total + weight * values`, rounded once where the processor can; the weight a number or lanes."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        total, factor, values = arguments
        factor = factor if isinstance(weight, Lanes) else _everywhere(builder, factor, total.type)
        kind = ir.FunctionType(total.type, [total.type] * 3)
        name = f"llvm.fmuladd.v{total.type.count}{'f32' if total.type.element == ir.FloatType() else 'f64'}"
        fused = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(fused, [factor, values, total])

    return total(total, weight if isinstance(weight, Lanes) else total.dtype, values), code


@intrinsic
def less(typingctx: Any, lanes: Any, number: Any) -> Any:
    """Return `lanes - number`."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, number = arguments
        return builder.fsub(values, _everywhere(builder, number, values.type))

    return lanes(lanes, lanes.dtype), code


@intrinsic
def taken(typingctx: Any, block: Any, row: Any, n: Any) -> Any:
    """Return `block[row, :n]`, with `n` written as a number."""
    lanes = _as_many(block, n)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = context.get_value_type(lanes).as_pointer()
        where = (*arguments[:2], ir.Constant(ir.IntType(64), 0))
        start = builder.bitcast(_place(context, builder, (*signature.args[:2], types.intp), where), kind)
        return builder.load(start, align=block.dtype.bitwidth // 8)

    return lanes(block, row, n), code


@intrinsic
def below(typingctx: Any, lanes: Any, limit: Any) -> Any:
    """Return a number whose bits tell which lanes are below a limit; what is not a number is not."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, limit = arguments
        found = builder.fcmp_ordered("<", values, _everywhere(builder, limit, values.type))
        return builder.zext(builder.bitcast(found, ir.IntType(values.type.count)), ir.IntType(64))

    return types.int64(lanes, lanes.dtype), code


@intrinsic
def lowest(typingctx: Any, bits: Any) -> Any:
    """Return the place of the lowest bit that is set in a number other than zero."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), code


@intrinsic
def put(typingctx: Any, block: Any, row: Any, column: Any, lanes: Any) -> Any:
    """Write `block[row, column : column + n] = lanes`."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        *where, values = arguments
        start = builder.bitcast(_place(context, builder, signature.args[:3], where), values.type.as_pointer())
        builder.store(values, start, align=signature.args[0].dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(block, row, column, lanes), code


@intrinsic
def fetch(typingctx: Any, block: Any, row: Any, column: Any, lanes: Any) -> Any:
    """Have what as many lanes would read at `block[row, column]` brought near while other work is done."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte = ir.IntType(8).as_pointer()
        start = builder.bitcast(_place(context, builder, signature.args[:3], arguments[:3]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, _INT, _INT, _INT])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        for offset in range(0, lanes.n * lanes.dtype.bitwidth // 8, _LINE):
            line = builder.gep(start, [ir.Constant(ir.IntType(64), offset)])
            builder.call(prefetch, [line, *(ir.Constant(_INT, asked) for asked in (_READ, _KEEP, _DATA))])
        return context.get_dummy_value()

    return types.void(block, row, column, lanes), code


def _as_many(block: Any, n: Any) -> Lanes:
    if not isinstance(n, types.IntegerLiteral):
        raise RequireLiteralValue("n")
    return Lanes(block.dtype, n.literal_value)


def _everywhere(builder: Any, value: Any, vector: ir.VectorType) -> Any:
    """The same value in all lanes."""
    nothing = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(nothing, value, ir.Constant(_INT, 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(_INT, vector.count), None))


def _place(context: Any, builder: Any, kinds: Any, where: Any) -> Any:
    """Point to `block[row, column]` of a block whose rows are contiguous."""
    block, *numbers = where
    array = context.make_array(kinds[0])(context, builder, block)
    row, column = (
        context.cast(builder, value, kind, types.intp) for value, kind in zip(numbers, kinds[1:], strict=True)
    )
    width = cgutils.unpack_tuple(builder, array.shape)[1]
    return builder.gep(array.data, [builder.add(builder.mul(row, width), column)])
