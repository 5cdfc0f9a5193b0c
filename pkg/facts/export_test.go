package facts

// Sample is the document of the tests in this package.
var Sample = document
