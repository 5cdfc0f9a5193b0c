package security

// What chat templates may use: Jinja 3.1, and what transformers, vLLM,
// llama.cpp and minja add.
var (
	templateFunctions = []string{"range", "dict", "namespace", "raise_exception", "strftime_now", "tojson", "caller", "super", "loop", "from_json"}

	templateTags = []string{"for", "endfor", "if", "elif", "else", "endif", "set", "endset", "macro", "endmacro", "call", "endcall", "filter", "endfilter",
		"block", "endblock", "with", "endwith", "autoescape", "endautoescape", "generation", "endgeneration", "break", "continue", "do", "raw", "endraw"}

	templateFilters = []string{"abs", "batch", "capitalize", "center", "count", "d", "default", "dictsort", "e", "escape", "filesizeformat", "first", "float",
		"forceescape", "format", "from_json", "fromjson", "groupby", "indent", "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min", "pprint",
		"random", "reject", "rejectattr", "replace", "reverse", "round", "safe", "select", "selectattr", "slice", "sort", "string", "striptags", "sum", "title",
		"tojson", "trim", "truncate", "unique", "upper", "urlencode", "urlize", "wordcount", "wordwrap", "xmlattr"}

	templateMethods = []string{"append", "capitalize", "casefold", "center", "copy", "count", "endswith", "expandtabs", "extend", "find", "format", "get", "index",
		"insert", "isalnum", "isalpha", "isdecimal", "isdigit", "islower", "isnumeric", "isspace", "istitle", "isupper", "items", "join", "keys", "ljust", "lower",
		"lstrip", "partition", "pop", "popitem", "remove", "removeprefix", "removesuffix", "replace", "reverse", "rfind", "rindex", "rjust", "rpartition", "rsplit",
		"rstrip", "setdefault", "sort", "split", "splitlines", "startswith", "strip", "swapcase", "title", "translate", "update", "upper", "values", "zfill",
		"cycle", "changed", "add", "union", "difference", "intersection", "strftime", "isoformat", "encode", "decode"}

	keywords = []string{"in", "if", "else", "and", "or", "not", "is", "elif", "set", "for", "recursive", "do", "call", "with", "filter"}

	// gadgetNames are helpers of Jinja and Flask that published attacks start from.
	gadgetNames = []string{"lipsum", "cycler", "joiner", "url_for", "get_flashed_messages"}

	// systemMethods act on the system, or run text, when called.
	systemMethods = []string{"system", "popen", "Popen", "eval", "exec", "execfile", "check_output", "getoutput", "import_module", "load_module", "spawn", "format_map", "from_string"}

	// internalNames lead to the interpreter and have no underscores.
	internalNames = []string{"mro", "func_globals", "func_code", "func_closure", "gi_frame", "gi_code", "cr_frame", "cr_code", "ag_frame", "ag_code", "tb_frame", "f_globals",
		"f_locals", "f_builtins", "f_back", "co_consts", "im_func", "im_class"}

	// pythonInternals are the words of names with two underscores on each side.
	pythonInternals = []string{"class", "base", "bases", "mro", "subclasses", "globals", "builtins", "import", "init", "getattribute", "getattr", "dict", "code", "closure",
		"reduce", "reduce_ex", "self", "func", "loader", "spec", "module", "call", "getitem", "new", "subclasshook", "init_subclass", "wrapped", "defaults", "kwdefaults",
		"objclass", "qualname", "annotations", "doc", "dir", "file", "path", "package", "setattr", "delattr", "format", "traceback"}
)
