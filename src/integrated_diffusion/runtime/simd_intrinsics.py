"""Vector intrinsics for numba: several neighbouring columns of a row in the processor's registers at once.

numba keeps a sum over many rows in memory, where it is read and written for every row. `Lanes` stay in registers.
Products and sums are rounded one by one, so that each lane has the bits of the same sum done alone, except in `fma`.

Import this module only where `runtime.simd.is_available()` holds: it needs llvmlite's interfaces, which change.

numba renews its cache of a compiled function when the file of that function changes, not when this one does: after an
edit here, remove `__pycache__`.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.errors import RequireLiteralValue
from numba.extending import intrinsic, models, register_model

_INT = ir.IntType(32)
_LINE = 64  # bytes that memory transfers at once
_READ, _KEEP, _DATA = 0, 3, 1  # arguments of LLVM's prefetch: read or write, how long to keep, data or code


class Lanes(types.Type):
    """numba's type of `n` neighbouring values of one precision."""

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
    """Return `n` zeros of a block's precision: `zeros(block, n)`, with `n` a literal."""
    lanes = _lanes_like(block, n)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return ir.Constant(context.get_value_type(lanes), None)

    return lanes(block, n), code


@intrinsic
def multiply_add(typingctx: Any, total: Any, weight: Any, block: Any, row: Any, column: Any) -> Any:
    """Return `total + weight * block[row, column : column + n]`."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        total, weight, *where = arguments
        start = builder.bitcast(_address(context, builder, signature.args[2:], where), total.type.as_pointer())
        values = builder.load(start, align=signature.args[2].dtype.bitwidth // 8)
        return builder.fadd(total, builder.fmul(_broadcast(builder, weight, total.type), values))

    return total(total, block.dtype, block, row, column), code


@intrinsic
def fma(typingctx: Any, total: Any, weight: Any, values: Any) -> Any:
    """Return `total + weight * values`, rounded once where the processor can; weight: number or lanes."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        total, factor, values = arguments
        factor = factor if isinstance(weight, Lanes) else _broadcast(builder, factor, total.type)
        return _add_product(builder, factor, values, total)

    return total(total, weight if isinstance(weight, Lanes) else total.dtype, values), code


@intrinsic
def sums_of_products(
    typingctx: Any, start: Any, left: Any, rows: Any, place: Any, right: Any, first: Any, out: Any, n: Any
) -> Any:
    """Write `out[i] = start + sum_k left[rows[place + i], k] * right[first + k]` for `i < n`, rounded as by `fma`.

    The sums of all `n` rows, a literal, stay in registers. Rows of `left` have at least one number, those of `right`
    and of `out` as many as the lanes. Integers of 32 bits in `left` and `right` are two of 16 bits each: the products
    of both are added.
    """
    if not isinstance(n, types.IntegerLiteral):
        raise RequireLiteralValue("n")
    number, position = ir.IntType(64), (types.intp, types.intp)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        start, left, rows, place, right, first, out, _ = arguments
        _, of_left, of_rows, of_place, of_right, of_first, of_out, _ = signature.args
        lanes, align, zero = start.type, of_left.dtype.bitwidth // 8, ir.Constant(number, 0)
        place, first = (
            context.cast(builder, value, kind, types.intp) for value, kind in ((place, of_place), (first, of_first))
        )
        chosen = builder.gep(context.make_array(of_rows)(context, builder, rows).data, [place])
        numbers = [builder.load(builder.gep(chosen, [ir.Constant(number, i)])) for i in range(n.literal_value)]
        factors = [
            _address(context, builder, (of_left, of_rows.dtype, types.intp), (left, row, zero)) for row in numbers
        ]
        vectors, sums = (
            builder.bitcast(_address(context, builder, (kind, *position), (block, row, zero)), lanes.as_pointer())
            for kind, block, row in ((of_right, right, first), (of_out, out, zero))
        )
        n_terms = cgutils.unpack_tuple(builder, context.make_array(of_left)(context, builder, left).shape)[1]
        before, loop, after = builder.block, *(builder.append_basic_block(name) for name in ("terms", "done"))
        builder.branch(loop)
        builder.position_at_end(loop)
        k, totals = builder.phi(number), [builder.phi(lanes) for _ in factors]
        values = builder.load(builder.gep(vectors, [k]), align=align)
        weights = [_broadcast(builder, builder.load(builder.gep(row, [k])), lanes) for row in factors]
        add = _add_product if isinstance(of_left.dtype, types.Float) else _add_products_of_pairs
        found = [add(builder, w, values, total) for w, total in zip(weights, totals, strict=True)]
        following = builder.add(k, ir.Constant(number, 1))
        for phi, initial, later in zip((k, *totals), (zero, *[start] * len(totals)), (following, *found), strict=True):
            phi.add_incoming(initial, before)
            phi.add_incoming(later, builder.block)
        builder.cbranch(builder.icmp_signed("<", following, n_terms), loop, after)
        builder.position_at_end(after)
        for i, total in enumerate(found):
            builder.store(total, builder.gep(sums, [ir.Constant(number, i)]), align=align)
        return context.get_dummy_value()

    return types.void(start, left, rows, place, right, first, out, n), code


@intrinsic
def sub(typingctx: Any, lanes: Any, number: Any) -> Any:
    """Return `lanes - number`."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, number = arguments
        return builder.fsub(values, _broadcast(builder, number, values.type))

    return lanes(lanes, lanes.dtype), code


@intrinsic
def load(typingctx: Any, block: Any, row: Any, n: Any) -> Any:
    """Return `block[row, :n]`, with `n` a literal."""
    lanes = _lanes_like(block, n)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = context.get_value_type(lanes).as_pointer()
        where = (*arguments[:2], ir.Constant(ir.IntType(64), 0))
        start = builder.bitcast(_address(context, builder, (*signature.args[:2], types.intp), where), kind)
        return builder.load(start, align=block.dtype.bitwidth // 8)

    return lanes(block, row, n), code


@intrinsic
def below(typingctx: Any, lanes: Any, limit: Any) -> Any:
    """Return an integer whose bit `i` tells whether lane `i` is below a limit; NaN is not."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, limit = arguments
        compare = builder.fcmp_ordered if isinstance(lanes.dtype, types.Float) else builder.icmp_signed
        found = compare("<", values, _broadcast(builder, limit, values.type))
        return builder.zext(builder.bitcast(found, ir.IntType(values.type.count)), ir.IntType(64))

    return types.int64(lanes, lanes.dtype), code


@intrinsic
def ctz(typingctx: Any, bits: Any) -> Any:
    """Return the number of trailing zero bits of an integer other than zero: the position of its lowest set bit."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), code


@intrinsic
def store(typingctx: Any, block: Any, row: Any, column: Any, lanes: Any) -> Any:
    """Write `block[row, column : column + n] = lanes`."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        *where, values = arguments
        start = builder.bitcast(_address(context, builder, signature.args[:3], where), values.type.as_pointer())
        builder.store(values, start, align=signature.args[0].dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(block, row, column, lanes), code


@intrinsic
def prefetch(typingctx: Any, block: Any, row: Any, column: Any, lanes: Any) -> Any:
    """Start to bring what as many lanes would read at `block[row, column]` into the cache, and do not wait for it."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte = ir.IntType(8).as_pointer()
        start = builder.bitcast(_address(context, builder, signature.args[:3], arguments[:3]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, _INT, _INT, _INT])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        for offset in range(0, lanes.n * lanes.dtype.bitwidth // 8, _LINE):
            line = builder.gep(start, [ir.Constant(ir.IntType(64), offset)])
            builder.call(prefetch, [line, *(ir.Constant(_INT, asked) for asked in (_READ, _KEEP, _DATA))])
        return context.get_dummy_value()

    return types.void(block, row, column, lanes), code


def _lanes_like(block: Any, n: Any) -> Lanes:
    if not isinstance(n, types.IntegerLiteral):
        raise RequireLiteralValue("n")
    return Lanes(block.dtype, n.literal_value)


def _add_product(builder: Any, weights: Any, values: Any, total: Any) -> Any:
    """Return `total + weights * values`, rounded once where the processor can."""
    lanes = total.type
    name = f"llvm.fmuladd.v{lanes.count}{'f32' if lanes.element == ir.FloatType() else 'f64'}"
    fused = cgutils.get_or_insert_function(builder.module, ir.FunctionType(lanes, [lanes] * 3), name)
    return builder.call(fused, [weights, values, total])


def _add_products_of_pairs(builder: Any, weights: Any, values: Any, total: Any) -> Any:
    """Return `total + weights[0] * values[0] + weights[1] * values[1]` of pairs of 16 bits: one instruction on x86."""
    n = 2 * total.type.count
    halves, wide = ir.VectorType(ir.IntType(16), n), ir.VectorType(_INT, n)
    ours, theirs = (builder.sext(builder.bitcast(pairs, halves), wide) for pairs in (weights, values))
    products, nothing = builder.mul(ours, theirs), ir.Constant(wide, ir.Undefined)
    firsts, seconds = (
        builder.shuffle_vector(products, nothing, ir.Constant(total.type, [*range(first, n, 2)])) for first in (0, 1)
    )
    return builder.add(total, builder.add(firsts, seconds))


def _broadcast(builder: Any, value: Any, vector: ir.VectorType) -> Any:
    """Return a vector with the same value in all lanes."""
    nothing = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(nothing, value, ir.Constant(_INT, 0))
    return builder.shuffle_vector(first, nothing, ir.Constant(ir.VectorType(_INT, vector.count), None))


def _address(context: Any, builder: Any, kinds: Any, where: Any) -> Any:
    """Return a pointer to `block[row, column]` of a block whose rows are contiguous."""
    block, *numbers = where
    array = context.make_array(kinds[0])(context, builder, block)
    row, column = (
        context.cast(builder, value, kind, types.intp) for value, kind in zip(numbers, kinds[1:], strict=True)
    )
    width = cgutils.unpack_tuple(builder, array.shape)[1]
    return builder.gep(array.data, [builder.add(builder.mul(row, width), column)])
