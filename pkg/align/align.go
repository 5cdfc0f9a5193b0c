// Package align undoes rearrangements that keep a network's function: the
// permutation and the signs of the residual stream, and of hidden units.
package align
