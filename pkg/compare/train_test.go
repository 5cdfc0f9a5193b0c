package compare

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// An mlp is a network of three layers, 64-192-192-10, with a gain after the
// first two: linear, RMS norm, ReLU. It is trained in the test to have two runs
// from one seed and a run that continues another, which no random draw imitates.
type mlp struct {
	w    [3][]float32 // [out][in]
	gain [2][]float32
	// Moments of AdamW, in the order of tensors().
	first, second [5][]float32
	steps         int
}

var mlpSizes = [4]int{64, 192, 192, 10}

const (
	batch     = 32
	rate      = 1e-2
	decay     = 0.01
	normFloor = 1e-6
)

func newMLP(seed uint64) *mlp {
	r := rand.New(rand.NewPCG(seed, 99))
	m := &mlp{}
	for l := range 3 {
		m.w[l] = make([]float32, mlpSizes[l+1]*mlpSizes[l])
		for i := range m.w[l] {
			m.w[l][i] = float32(r.NormFloat64() / math.Sqrt(float64(mlpSizes[l])))
		}
	}
	for l := range 2 {
		m.gain[l] = make([]float32, mlpSizes[l+1])
		for i := range m.gain[l] {
			m.gain[l][i] = 1
		}
	}
	for i, t := range m.tensors() {
		m.first[i], m.second[i] = make([]float32, len(t)), make([]float32, len(t))
	}
	return m
}

func (m *mlp) tensors() [5][]float32 {
	return [5][]float32{m.w[0], m.w[1], m.w[2], m.gain[0], m.gain[1]}
}

func (m *mlp) clone() *mlp {
	c := newMLP(0)
	for i, t := range m.tensors() {
		copy(c.tensors()[i], t)
	}
	return c
}

// A dataset holds points around 40 centres, each of one of ten classes.
type dataset struct {
	x [][]float32
	y []int
}

// newDataset draws points around the centres of a task.
func newDataset(task, data uint64) *dataset {
	centres, r := rand.New(rand.NewPCG(task, 5)), rand.New(rand.NewPCG(data, 6))
	c := make([][]float32, 40)
	for i := range c {
		c[i] = make([]float32, mlpSizes[0])
		for k := range c[i] {
			c[i][k] = float32(0.6 * centres.NormFloat64())
		}
	}
	d := &dataset{}
	for range 4096 {
		k := r.IntN(len(c))
		x := make([]float32, mlpSizes[0])
		for j := range x {
			x[j] = c[k][j] + float32(r.NormFloat64())
		}
		d.x, d.y = append(d.x, x), append(d.y, k%10)
	}
	return d
}

func inner(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}

func axpy(dst []float32, f float32, x []float32) {
	x = x[:len(dst)]
	for i := range dst {
		dst[i] += f * x[i]
	}
}

// train runs some steps over a dataset, in an order of its own, and returns the
// share of right answers in the last fifth.
func (m *mlp) train(d *dataset, order uint64, steps int) float64 {
	r := rand.New(rand.NewPCG(order, 7))
	right, seen := 0, 0
	for step := range steps {
		var grads [5][]float32
		for i, w := range m.tensors() {
			grads[i] = make([]float32, len(w))
		}
		for range batch {
			i := r.IntN(len(d.x))
			ok := m.backward(d.x[i], d.y[i], &grads)
			if step >= steps*4/5 {
				seen++
				if ok {
					right++
				}
			}
		}
		m.update(&grads, float32(1-0.9*float64(step)/float64(steps)))
	}
	return float64(right) / float64(max(1, seen))
}

// backward adds the gradients of one example.
func (m *mlp) backward(x []float32, label int, grads *[5][]float32) bool {
	var in [3][]float32   // inputs of the linear layers
	var unit [2][]float32 // normalised, before the gain
	var inverse [2]float32
	in[0] = x
	for l := range 2 {
		n, k := mlpSizes[l+1], mlpSizes[l]
		a := make([]float32, n)
		square := float32(0)
		for i := range a {
			a[i] = inner(m.w[l][i*k:(i+1)*k], in[l])
			square += a[i] * a[i]
		}
		inverse[l] = float32(1 / math.Sqrt(float64(square)/float64(n)+normFloor))
		unit[l], in[l+1] = make([]float32, n), make([]float32, n)
		for i := range a {
			unit[l][i] = a[i] * inverse[l]
			in[l+1][i] = max(0, unit[l][i]*m.gain[l][i])
		}
	}
	logits, top := make([]float32, 10), 0
	for i := range logits {
		logits[i] = inner(m.w[2][i*192:(i+1)*192], in[2])
		if logits[i] > logits[top] {
			top = i
		}
	}
	total, peak := 0.0, float64(logits[top])
	for _, v := range logits {
		total += math.Exp(float64(v) - peak)
	}
	d := make([]float32, 10)
	for i, v := range logits {
		d[i] = float32(math.Exp(float64(v)-peak)/total) / batch
	}
	d[label] -= 1.0 / batch
	for l := 2; l >= 0; l-- {
		k := mlpSizes[l]
		below := make([]float32, k)
		for i, g := range d {
			if g == 0 {
				continue
			}
			axpy(grads[l][i*k:(i+1)*k], g, in[l])
			axpy(below, g, m.w[l][i*k:(i+1)*k])
		}
		if l == 0 {
			break
		}
		d = m.throughNorm(l-1, below, unit[l-1], in[l], inverse[l-1], grads)
	}
	return top == label
}

// throughNorm takes a gradient back through ReLU, gain and norm.
func (m *mlp) throughNorm(l int, d, unit, out []float32, inverse float32, grads *[5][]float32) []float32 {
	mean := float32(0)
	for i := range d {
		if out[i] <= 0 {
			d[i] = 0
		}
		grads[3+l][i] += d[i] * unit[i]
		d[i] *= m.gain[l][i]
		mean += d[i] * unit[i]
	}
	mean /= float32(len(d))
	for i := range d {
		d[i] = (d[i] - unit[i]*mean) * inverse
	}
	return d
}

func (m *mlp) update(grads *[5][]float32, schedule float32) {
	m.steps++
	c1, c2 := 1-math.Pow(0.9, float64(m.steps)), 1-math.Pow(0.999, float64(m.steps))
	for i, w := range m.tensors() {
		for k, g := range grads[i] {
			m.first[i][k] = 0.9*m.first[i][k] + 0.1*g
			m.second[i][k] = 0.999*m.second[i][k] + 0.001*g*g
			step := float64(m.first[i][k]) / c1 / (math.Sqrt(float64(m.second[i][k])/c2) + 1e-8)
			w[k] -= schedule * rate * (float32(step) + decay*w[k])
		}
	}
}

func (m *mlp) network() network {
	var n network
	for l := range 3 {
		n = append(n, weight{name: fmt.Sprintf("layers.%d.linear.weight", l), shape: []uint64{uint64(mlpSizes[l+1]), uint64(mlpSizes[l])}, values: m.w[l]})
	}
	for l := range 2 {
		n = append(n, weight{name: fmt.Sprintf("layers.%d.norm.weight", l), shape: []uint64{uint64(mlpSizes[l+1])}, values: m.gain[l]})
	}
	return n
}
