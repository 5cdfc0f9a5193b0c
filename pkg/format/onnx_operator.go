package format

import (
	"cmp"
	"slices"
)

// onnxDomains are the domains whose operators come with ONNX (docs/IR.md) and
// with ONNX Runtime. Others need code that is loaded beside the model.
var onnxDomains = [...]string{"ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft"}

// An onnxOp names an operator or a function. The domain of ONNX is empty.
type onnxOp struct{ domain, name string }

func (o onnxOp) String() string {
	if o.domain == "" {
		return o.name
	}
	return o.domain + "::" + o.name
}

// custom reports whether the operator is of none of the known domains.
func (o onnxOp) custom() bool { return o.domain != "" && !slices.Contains(onnxDomains[:], o.domain) }

// operator returns the operator of a node or the one that a function defines, under
// the given name.
func (t *onnxFrame) operator(name []byte) onnxOp {
	if string(t.domain) == onnxDomains[0] {
		return onnxOp{"", string(name)}
	}
	return onnxOp{string(t.domain), string(name)}
}

// An onnxUse is how a model uses an operator.
type onnxUse struct {
	count int64
	first int64 // offset of the first node
}

// use counts the operator of a node.
func (x *onnxReader) use(t *onnxFrame) {
	domain := t.domain
	if string(domain) == onnxDomains[0] {
		domain = nil
	}
	// Written out, the key of a look-up takes no memory.
	if u := x.operators[onnxOp{string(domain), string(t.op)}]; u != nil {
		u.count++
		u.first = min(u.first, t.at)
		return
	}
	if len(x.operators) == MaxOnnxOperators {
		x.failAt(t.at, ErrLimit, "more than %d different operators", MaxOnnxOperators)
		return
	}
	x.operators[t.operator(t.op)] = &onnxUse{1, t.at}
}

// anomaly records what no well-meant writer produces.
func (x *onnxReader) anomaly(at int64, name, detail string) {
	if x.err == nil && len(x.h.Code) < MaxCode {
		x.h.Code = append(x.h.Code, Code{Kind: CodeAnomaly, Offset: at, Name: name, Detail: detail})
	} else {
		x.moreCode = true
	}
}

// finishCode records every operator of another domain that the model does not
// define itself.
func (x *onnxReader) finishCode() {
	for op, u := range x.operators {
		if _, defined := x.functions[op]; op.custom() && !defined {
			x.h.Code = append(x.h.Code, Code{Kind: CodeOperator, Offset: u.first, Name: op.String(), Detail: "operator of a custom domain"})
		}
	}
	slices.SortFunc(x.h.Code, func(a, b Code) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Name, b.Name))
	})
	if len(x.h.Code) > MaxCode || x.moreCode {
		x.h.Code = append(x.h.Code[:min(len(x.h.Code), MaxCode)], Code{Kind: CodeAnomaly, Offset: x.end, Detail: "further records are left out"})
	}
}
