package policy

import "cel.dev/cel-go/cel"

// environment is what expressions of users can see.
func environment() (*cel.Env, error) { return cel.NewEnv(cel.Variable("part", cel.DynType)) }
