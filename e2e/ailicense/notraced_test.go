//go:build !race

package ailicense

const stride = 1
