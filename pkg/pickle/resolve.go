package pickle

import "strings"

// CallName names what a call calls: the dotted name of a global, or the
// expression that computes it.
func CallName(class Value) string {
	if name := resolve(class, 0); name != "" {
		return name
	}
	if p, ok := class.(*Persistent); ok {
		if t, ok := p.ID.(*Tuple); ok && len(t.Items) > 1 && t.Items[0] == Text("module") {
			// The legacy format of PyTorch names a class with its source.
			return resolve(t.Items[1], 0)
		}
	}
	return Describe(class)
}

// resolve returns the dotted name that a value stands for, when it is a global
// or was made of names by the functions that look names up; else "". Depth ends
// chains that are made to be long.
func resolve(v Value, depth int) string {
	const deepest = 16
	switch v := v.(type) {
	case *Global:
		return v.full
	case *Object:
		if t, ok := v.Args.(*Tuple); ok && depth < deepest && len(t.Items) > 0 {
			return look(v, t.Items, depth+1)
		}
	}
	return ""
}

// look follows one call of a function that looks a name up.
func look(o *Object, args []Value, depth int) string {
	if inner, ok := o.Class.(*Object); ok {
		return lookInner(inner, args[0], depth)
	}
	text, _ := args[0].(Text)
	switch {
	case IsGlobal(o.Class, "builtins.__import__", "importlib.import_module", "importlib.__import__"):
		return string(text)
	case IsGlobal(o.Class, "pkgutil.resolve_name"):
		return strings.Replace(string(text), ":", ".", 1)
	case IsGlobal(o.Class, "functools.partial", "builtins.classmethod", "builtins.staticmethod"):
		return resolve(args[0], depth)
	case IsGlobal(o.Class, "builtins.getattr", "inspect.getattr_static", "operator.getitem", "_operator.getitem") && len(args) > 1:
		return attribute(args[0], args[1], depth)
	}
	return ""
}

// lookInner follows operator.attrgetter('a')(x).
func lookInner(getter *Object, of Value, depth int) string {
	t, ok := getter.Args.(*Tuple)
	if !ok || len(t.Items) == 0 || !IsGlobal(getter.Class, "operator.attrgetter", "_operator.attrgetter", "operator.methodcaller", "_operator.methodcaller", "operator.itemgetter", "_operator.itemgetter") {
		return ""
	}
	return attribute(of, t.Items[0], depth)
}

// attribute names an attribute of a value. An entry of sys.modules is the module.
func attribute(of, name Value, depth int) string {
	text, ok := name.(Text)
	base := resolve(of, depth)
	switch {
	case !ok || base == "" || len(base)+len(text) > maxRecordName:
		return ""
	case base == "sys.modules" || base == "builtins.__dict__":
		return string(text)
	}
	return base + "." + string(text)
}
