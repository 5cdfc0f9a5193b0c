// Package transform holds the table of transformations: what happens to the
// weights of a real transformer before somebody publishes them again, and what
// modelbom says of each.
//
// Python makes the models (python.sh the environment, make.py the models) with
// the libraries that people use for it, in a folder outside the repository, and
// writes truth.json, which says of every model what it was made of. The test of
// this package indexes the parent and its look-alikes, asks the built command
// about every row and compares the answers with truth.json. "make
// transformations" does all of it and writes docs/transformations.md.
package transform
