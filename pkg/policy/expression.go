package policy

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/nearest"
)

// Limits of expressions, which a policy of a stranger may try to break.
const (
	// maxExpression is the length of one expression, in characters.
	maxExpression = 4000
	// maxNesting and maxNodes bound its tree, macros expanded. A long condition
	// by hand has a nesting of 10 and 200 nodes.
	maxNesting = 40
	maxNodes   = 2000
	// maxRegexp bounds the program of a regular expression (RE2), in
	// instructions: about as many as its characters, repetitions written out.
	maxRegexp = 1000
	// maxEstimate is the cost that an expression may be estimated at before it is
	// run, for a document with the sizes below. Two nested lists of files cost
	// 10^8, three cost 10^12.
	maxEstimate    = 2_000_000_000
	estimatedFiles = 5000
	estimatedItems = 100
	estimatedText  = 300
	// maxCost bounds one evaluation, in CEL's units, of which a busy machine does
	// three million in a second.
	maxCost = 2_000_000
	// maxTotal bounds a policy on a document. Thirty simple rules over 100,000 files cost
	// 100 million.
	maxTotal = 100_000_000
	// evaluationCost is added for each evaluation: its beginning is not counted
	// by CEL.
	evaluationCost = 10
	// maxTime ends what the costs did not foresee.
	maxTime = time.Minute
)

// A program is a compiled expression.
type program struct {
	text string
	cel.Program
}

// An environment compiles expressions for rules about one kind of things. It has
// the standard functions of CEL but for those that read the machine's table of
// time zones, and nothing of modelbom's own: no files, no network, no clock.
type environment struct {
	*cel.Env
	provider *factProvider
}

// newEnvironment declares what an expression for a kind of things sees. The
// parameters are the policy's.
func newEnvironment(kind string, params []Field) (*environment, error) {
	base, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	provider := newFactProvider(base, params)
	options := []cel.EnvOption{
		cel.CustomTypeAdapter(base), cel.CustomTypeProvider(provider),
		cel.StdLib(cel.StdLibSubset(&env.LibrarySubset{ExcludeFunctions: timeZones()})),
		cel.Variable("model", types.NewObjectType("Model")),
		cel.Variable("doc", types.NewObjectType("Document")),
		cel.Variable("params", types.NewObjectType(paramsType)),
		cel.Variable("now", types.TimestampType),
		cel.ParserExpressionSizeLimit(maxExpression), cel.ParserRecursionLimit(maxNesting), cel.ParserErrorRecoveryLimit(5),
		cel.ExpressionNodeLimit(maxNodes), cel.RegexProgramSizeLimit(maxRegexp),
		cel.ASTValidators(cel.ValidateRegexLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateDurationLiterals()),
		cel.CrossTypeNumericComparisons(true), cel.DefaultUTCTimeZone(true), cel.EagerlyValidateDeclarations(true),
	}
	if kind != forModel {
		options = append(options, cel.Variable(kind, types.NewObjectType(strings.ToUpper(kind[:1])+kind[1:])))
	}
	e, err := cel.NewCustomEnv(options...)
	if err != nil {
		return nil, err
	}
	return &environment{e, provider}, nil
}

// timeZones are the forms of the standard functions on times that take the name
// of a time zone, which is looked up in files of the machine. Times are in UTC.
func timeZones() []*env.Function {
	var out []*env.Function
	for name, overload := range map[string]string{
		"getFullYear": "timestamp_to_year_with_tz", "getMonth": "timestamp_to_month_with_tz", "getDayOfYear": "timestamp_to_day_of_year_with_tz",
		"getDayOfMonth": "timestamp_to_day_of_month_with_tz", "getDate": "timestamp_to_day_of_month_1_based_with_tz",
		"getDayOfWeek": "timestamp_to_day_of_week_with_tz", "getHours": "timestamp_to_hours_with_tz", "getMinutes": "timestamp_to_minutes_with_tz",
		"getSeconds": "timestamp_to_seconds_tz", "getMilliseconds": "timestamp_to_milliseconds_with_tz",
	} {
		out = append(out, &env.Function{Name: name, Overloads: []*env.Overload{{ID: overload}}})
	}
	return out
}

// compile makes a program of an expression that gives a value of the type, or of
// any type that has a text where it is nil.
func (e *environment) compile(text string, want *cel.Type) (*program, error) {
	checked, issues := e.Compile(text)
	if issues != nil && issues.Err() != nil {
		return nil, e.explain(issues)
	}
	if makesObject(checked.NativeRep()) {
		return nil, errors.New("an expression cannot make objects")
	}
	if t := checked.OutputType(); want != nil && !t.IsExactType(want) {
		return nil, fmt.Errorf("it gives a %s and has to give a %s", typeName(t), typeName(want))
	}
	estimate, err := e.EstimateCost(checked, estimator{})
	if err != nil {
		return nil, err
	}
	if estimate.Max > maxEstimate {
		return nil, fmt.Errorf("it can cost %s steps in a large document, and %s are allowed; look at fewer lists within lists", steps(estimate.Max), steps(maxEstimate))
	}
	p, err := e.Program(checked, cel.CostLimit(maxCost), cel.InterruptCheckFrequency(1000))
	if err != nil {
		return nil, err
	}
	return &program{text, p}, nil
}

func typeName(t *cel.Type) string { return bom.Cut(t.String(), 60) }

// steps prints a large number in a few characters.
func steps(n uint64) string {
	switch {
	case n > 1e15:
		return "more than 10^15"
	case n < 1e6:
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%.3g million", float64(n)/1e6)
}

// makesObject reports an expression that makes an object of a type: what it would
// be is not a fact of the document.
func makesObject(a *ast.AST) bool {
	found := false
	ast.PostOrderVisit(a.Expr(), ast.NewExprVisitor(func(x ast.Expr) { found = found || x.Kind() == ast.StructKind }))
	return found
}

var (
	undefinedField = regexp.MustCompile(`undefined field '([^']*)'`)
	undeclared     = regexp.MustCompile(`undeclared reference to '([^']*)'`)
)

// explain is what is wrong with an expression, the first three things.
func (e *environment) explain(issues *cel.Issues) error {
	var out []string
	for i, x := range issues.Errors() {
		if i == 3 {
			break
		}
		text := strings.TrimPrefix(x.Message, "Syntax error: ")
		if near := e.suggestion(text); near != "" {
			text += fmt.Sprintf("; did you mean %q?", near)
		}
		if x.Location.Line() > 0 {
			text = fmt.Sprintf("%d:%d: %s", x.Location.Line(), x.Location.Column()+1, text)
		}
		out = append(out, bom.Cut(bom.Clean(text), 300))
	}
	if len(out) == 0 {
		return errors.New(bom.Cut(bom.Clean(issues.Err().Error()), 300))
	}
	return errors.New(strings.Join(out, "; "))
}

// suggestion is the name that was probably meant.
func (e *environment) suggestion(message string) string {
	if m := undefinedField.FindStringSubmatch(message); m != nil {
		var names []string
		for _, fields := range e.provider.fields {
			for name := range fields {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return nearest.Word(m[1], slices.Compact(names))
	}
	if m := undeclared.FindStringSubmatch(message); m != nil {
		return nearest.Word(m[1], append(kinds(), "doc", "params", "now", "size", "has"))
	}
	return ""
}

// An estimator says how large the values of a large document are.
type estimator struct{}

func (estimator) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

func (estimator) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	switch t := n.Type(); t.Kind() {
	case types.ListKind:
		if path := n.Path(); len(path) > 0 && slices.Contains([]string{"files", "findings", "gaps"}, path[len(path)-1]) {
			return &cost.SizeEstimate{Max: estimatedFiles}
		}
		return &cost.SizeEstimate{Max: estimatedItems}
	case types.MapKind, types.StructKind:
		return &cost.SizeEstimate{Max: estimatedItems}
	case types.StringKind, types.BytesKind:
		return &cost.SizeEstimate{Max: estimatedText}
	}
	return nil
}

// A limitError ends a check: a policy went beyond what it may cost.
type limitError struct{ text string }

func (e *limitError) Error() string { return e.text }

// A budget is what one check may cost altogether.
type budget struct {
	ctx   context.Context
	total int64
	used  int64
}

// errNotTold is an expression that could not be evaluated: what it asks for is
// not there, or not of the type that it needs.
type errNotTold struct{ reason string }

func (e *errNotTold) Error() string { return e.reason }

// run evaluates an expression. The error is a *limitError, which ends the check,
// or an *errNotTold.
func (b *budget) run(p *program, vars map[string]any) (ref.Val, error) {
	v, details, err := p.ContextEval(b.ctx, vars)
	used := int64(evaluationCost)
	if details != nil && details.ActualCost() != nil {
		used += int64(min(*details.ActualCost(), 2*maxCost))
	}
	if b.used += used; b.used > b.total {
		return nil, &limitError{fmt.Sprintf("the policy takes more than %s steps on this document", steps(uint64(b.total)))}
	}
	if err == nil {
		return v, nil
	}
	var cancelled interpreter.EvalCancelledError
	switch {
	case b.ctx.Err() != nil:
		return nil, &limitError{fmt.Sprintf("the policy takes more than %s on this document", maxTime)}
	case errors.As(err, &cancelled):
		return nil, &limitError{fmt.Sprintf("it takes more than %s steps on one thing", steps(maxCost))}
	}
	return nil, &errNotTold{reasonOf(err)}
}

var (
	noKey       = regexp.MustCompile(`no such key: (\S+)`)
	noAttribute = regexp.MustCompile(`no such attribute\(s\): (\S+)`)
)

// reasonOf is why an expression has no value, in words.
func reasonOf(err error) string {
	text := err.Error()
	if m := noKey.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("the document does not state %q", bom.Cut(bom.Clean(m[1]), 100))
	}
	if m := noAttribute.FindStringSubmatch(text); m != nil {
		if m[1] == "now" {
			return "no time is given: use --now, or a document with a time"
		}
		return fmt.Sprintf("the document does not state %q", bom.Cut(bom.Clean(m[1]), 100))
	}
	return bom.Cut(bom.Clean(text), 200)
}
