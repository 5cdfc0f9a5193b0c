package fingerprint

import (
	"math"
	"strings"
)

// Constants: tensors that are computed and not trained are the same in models
// that have nothing to do with each other, and must decide nothing.

// constantNames are words of names, each with what it stands for. A name that
// has all words of an entry side by side is of that kind.
var constantNames = []struct{ words, reason string }{
	{"stft", "a Fourier basis by its name"},
	{"istft", "a Fourier basis by its name"},
	{"dft", "a Fourier basis by its name"},
	{"forward basis", "a Fourier basis by its name"},
	{"inverse basis", "a Fourier basis by its name"},
	{"mel basis", "a mel filter bank by its name"},
	{"mel filters", "a mel filter bank by its name"},
	{"mel filter", "a mel filter bank by its name"},
	{"mel scale", "a mel filter bank by its name"},
	{"melscale", "a mel filter bank by its name"},
	{"mel fb", "a mel filter bank by its name"},
	{"filterbank", "a filter bank by its name"},
	{"fbank", "a filter bank by its name"},
	{"inv freq", "rotary frequencies by its name"},
	{"original inv freq", "rotary frequencies by its name"},
	{"rope freqs", "rotary frequencies by its name"},
	{"rope factors long", "rotary frequencies by its name"},
	{"rope factors short", "rotary frequencies by its name"},
	{"rotary emb cos", "rotary frequencies by its name"},
	{"rotary emb sin", "rotary frequencies by its name"},
	{"cos cached", "rotary frequencies by its name"},
	{"sin cached", "rotary frequencies by its name"},
	{"freqs cis", "rotary frequencies by its name"},
	{"sinusoid", "a table of sinusoids by its name"},
	{"sinusoidal", "a table of sinusoids by its name"},
	{"position ids", "numbers of positions by its name"},
	{"token type ids", "numbers of types by its name"},
	{"relative position index", "numbers of positions by its name"},
	{"relative coords table", "a table of places by its name"},
	{"alibi", "slopes of positions by its name"},
	{"alibi slopes", "slopes of positions by its name"},
	{"num batches tracked", "a counter by its name"},
	// State space models start with the same table and move little from it.
	{"a log", "starts from a table, by its name"},
	{"ssm a", "starts from a table, by its name"},
}

// constantEnds are constants when the name ends with them: elsewhere in a name
// they are a learned token, a decoder of masks, attention in windows.
var constantEnds = map[string]string{
	"mask": "a mask by its name", "attn mask": "a mask by its name", "attention mask": "a mask by its name",
	"masked bias": "a mask by its name", "window": "a window function by its name", "hann window": "a window function by its name",
}

// constantName says why a tensor of this name is no trained one, or nothing.
func constantName(name string) string {
	text := " " + strings.Join(words(name), " ") + " "
	for _, c := range constantNames {
		if strings.Contains(text, " "+c.words+" ") {
			return c.reason
		}
	}
	for _, tail := range []string{" weight ", " buffer "} {
		if cut, ok := strings.CutSuffix(text, tail); ok {
			text = cut + " "
		}
	}
	for end, reason := range constantEnds {
		if strings.HasSuffix(text, " "+end+" ") {
			return reason
		}
	}
	return ""
}

const (
	// fewValues is the number of distinct values of masks and identities. That
	// alone means nothing: weights of 4 bits have no more. In a mask, most
	// windows are of one value.
	fewValues = 16
	// minPredicted is the number of windows that a law must hold for, maxFailed
	// the number for which it does not when it is given up.
	minPredicted, maxFailed = 4, 3
)

// constantValues says why sampled windows are not of trained weights, or
// nothing. Across are windows along the columns, nil where there are none.
func constantValues(stored, across []sample) string {
	epsilon := rounding(stored)
	distinct := distinctValues(stored)
	single, finite := 0, 0
	for i := range stored {
		if stored[i].finite {
			finite++
			if stored[i].distinct == 1 {
				single++
			}
		}
	}
	switch {
	case distinct == 1:
		return "all sampled values are equal"
	case distinct <= fewValues && 4*single >= 3*finite:
		return "few values, in long runs"
	case single == finite:
		return "every sampled run of a row is one value"
	case predicted(stored, epsilon):
		return "its rows follow a law of few sinusoids"
	case len(across) == 0:
		return ""
	case allSingle(across):
		return "its rows are equal"
	case predicted(across, epsilon):
		return "its columns follow a law of few sinusoids"
	}
	return ""
}

// rounding is the relative error that the values were rounded with, with some
// room. It shows in the bits that none of them uses, so that it is the same
// after BF16 or F16 values were stored as F32.
func rounding(samples []sample) float64 {
	used := uint32(0)
	for i := range samples {
		if samples[i].finite {
			for _, v := range samples[i].values {
				used |= math.Float32bits(v)
			}
		}
	}
	switch {
	case used&(1<<16-1) == 0: // BF16 has 7 bits of fraction
		return 0x1p-7
	case used&(1<<13-1) == 0: // F16 has 10
		return 0x1p-10
	}
	return 0x1p-23
}

// distinctValues counts the values of finite samples, up to one more than
// fewValues.
func distinctValues(samples []sample) int {
	seen := make([]float32, 0, fewValues+1)
	for i := range samples {
		if !samples[i].finite {
			continue
		}
	next:
		for _, v := range samples[i].sorted {
			for _, s := range seen {
				if s == v {
					continue next
				}
			}
			if seen = append(seen, v); len(seen) > fewValues {
				return len(seen)
			}
		}
	}
	return len(seen)
}

func allSingle(samples []sample) bool {
	for i := range samples {
		if samples[i].distinct != 1 {
			return false
		}
	}
	return true
}

// predicted reports whether a linear recurrence predicts nearly all windows that
// are not of one value. A sum of k sinusoids follows one of order 2k, a line
// one of order 2; a Fourier basis under a Hann window is three sinusoids.
// All random windows fail, so that few are tried.
func predicted(samples []sample, epsilon float64) bool {
	tested, failed := 0, 0
	for i := range samples {
		if !samples[i].finite || samples[i].distinct == 1 {
			continue
		}
		tested++
		if !samples[i].predictable(epsilon) {
			failed++
		}
		if failed == maxFailed {
			return false
		}
	}
	return tested >= minPredicted && 8*failed <= tested
}

// recurrence is the order of the law that is looked for.
const recurrence = 6

// unexplained is the share of a window's variance that a law may leave. Smooth
// learned filters and tables of positions leave more.
const unexplained = 1e-4

// predictable reports whether each value is nearly one linear function of the
// recurrence values before it, fitted by least squares. Products are rounded
// before they are added, so that all machines agree.
func (s *sample) predictable(epsilon float64) bool {
	const order = recurrence
	var a [order][order + 1]float64 // normal equations, the right side last
	var energy, mean float64
	scale := float64(max(-s.sorted[0], s.sorted[WindowSize-1]))
	var v [WindowSize]float64
	for i := range v {
		v[i] = float64(s.values[i]) / scale
	}
	for n := order; n < WindowSize; n++ {
		mean += v[n] / (WindowSize - order)
		for i := range order {
			for j := range i + 1 {
				a[i][j] += float64(v[n-1-i] * v[n-1-j])
			}
			a[i][order] += float64(v[n-1-i] * v[n])
		}
	}
	for n := order; n < WindowSize; n++ {
		energy += float64((v[n] - mean) * (v[n] - mean))
	}
	c, ok := solve(&a)
	if !ok {
		return false
	}
	var left float64
	for n := order; n < WindowSize; n++ {
		e := v[n]
		for i := range order {
			e -= float64(c[i] * v[n-1-i])
		}
		left += float64(e * e)
	}
	allowed := float64(epsilon * epsilon * (WindowSize - order))
	return left <= max(float64(unexplained*energy), allowed)
}

// solve solves normal equations, of which the lower triangle is given, with a
// ridge that keeps them solvable, by Cholesky's method.
func solve(a *[recurrence][recurrence + 1]float64) (c [recurrence]float64, ok bool) {
	const order, ridge = recurrence, 1e-10
	trace := 0.0
	for i := range order {
		trace += a[i][i]
	}
	if !(trace > 0) {
		return c, false
	}
	for i := range order {
		a[i][i] += float64(ridge * trace)
		for j := range i + 1 {
			sum := a[i][j]
			for k := range j {
				sum -= float64(a[i][k] * a[j][k])
			}
			if i != j {
				a[i][j] = sum / a[j][j]
				continue
			}
			if sum <= 0 {
				return c, false
			}
			a[i][i] = math.Sqrt(sum)
		}
	}
	for i := range order {
		sum := a[i][order]
		for k := range i {
			sum -= float64(a[i][k] * c[k])
		}
		c[i] = sum / a[i][i]
	}
	for i := order - 1; i >= 0; i-- {
		sum := c[i]
		for k := i + 1; k < order; k++ {
			sum -= float64(a[k][i] * c[k])
		}
		c[i] = sum / a[i][i]
	}
	return c, true
}
