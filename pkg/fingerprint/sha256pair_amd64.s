//go:build amd64

#include "textflag.h"

// Two SHA-256 streams in one instruction stream, with the SHA extensions. The
// rounds instruction waits for its own result, so that one stream leaves the
// unit idle half of the time; a second stream fills the gaps. The message
// schedule is that of FIPS 180-4, section 6.2.2, four rounds at a time.

DATA roundConstants<>+0(SB)/8, $0x71374491428a2f98
DATA roundConstants<>+8(SB)/8, $0xe9b5dba5b5c0fbcf
DATA roundConstants<>+16(SB)/8, $0x59f111f13956c25b
DATA roundConstants<>+24(SB)/8, $0xab1c5ed5923f82a4
DATA roundConstants<>+32(SB)/8, $0x12835b01d807aa98
DATA roundConstants<>+40(SB)/8, $0x550c7dc3243185be
DATA roundConstants<>+48(SB)/8, $0x80deb1fe72be5d74
DATA roundConstants<>+56(SB)/8, $0xc19bf1749bdc06a7
DATA roundConstants<>+64(SB)/8, $0xefbe4786e49b69c1
DATA roundConstants<>+72(SB)/8, $0x240ca1cc0fc19dc6
DATA roundConstants<>+80(SB)/8, $0x4a7484aa2de92c6f
DATA roundConstants<>+88(SB)/8, $0x76f988da5cb0a9dc
DATA roundConstants<>+96(SB)/8, $0xa831c66d983e5152
DATA roundConstants<>+104(SB)/8, $0xbf597fc7b00327c8
DATA roundConstants<>+112(SB)/8, $0xd5a79147c6e00bf3
DATA roundConstants<>+120(SB)/8, $0x1429296706ca6351
DATA roundConstants<>+128(SB)/8, $0x2e1b213827b70a85
DATA roundConstants<>+136(SB)/8, $0x53380d134d2c6dfc
DATA roundConstants<>+144(SB)/8, $0x766a0abb650a7354
DATA roundConstants<>+152(SB)/8, $0x92722c8581c2c92e
DATA roundConstants<>+160(SB)/8, $0xa81a664ba2bfe8a1
DATA roundConstants<>+168(SB)/8, $0xc76c51a3c24b8b70
DATA roundConstants<>+176(SB)/8, $0xd6990624d192e819
DATA roundConstants<>+184(SB)/8, $0x106aa070f40e3585
DATA roundConstants<>+192(SB)/8, $0x1e376c0819a4c116
DATA roundConstants<>+200(SB)/8, $0x34b0bcb52748774c
DATA roundConstants<>+208(SB)/8, $0x4ed8aa4a391c0cb3
DATA roundConstants<>+216(SB)/8, $0x682e6ff35b9cca4f
DATA roundConstants<>+224(SB)/8, $0x78a5636f748f82ee
DATA roundConstants<>+232(SB)/8, $0x8cc7020884c87814
DATA roundConstants<>+240(SB)/8, $0xa4506ceb90befffa
DATA roundConstants<>+248(SB)/8, $0xc67178f2bef9a3f7
GLOBL roundConstants<>(SB), NOPTR|RODATA, $256

DATA bigEndian<>+0(SB)/8, $0x0405060700010203
DATA bigEndian<>+8(SB)/8, $0x0c0d0e0f08090a0b
GLOBL bigEndian<>(SB), NOPTR|RODATA, $16

// LOAD reads four words of the message.
#define LOAD(ptr, off, m) \
	MOVOU off(ptr), m; \
	PSHUFB X15, m

// FIRST and SECOND are two rounds each; abef and cdgh hold the state.
#define FIRST(k, m, abef, cdgh) \
	MOVOU k(R8), X0; \
	PADDD m, X0; \
	SHA256RNDS2 X0, abef, cdgh

#define SECOND(abef, cdgh) \
	PSHUFD $0x0e, X0, X0; \
	SHA256RNDS2 X0, cdgh, abef

// EXTEND makes the next four words of the message.
#define EXTEND(cur, prev, next, tmp) \
	MOVO cur, tmp; \
	PALIGNR $4, prev, tmp; \
	PADDD tmp, next; \
	SHA256MSG2 cur, next

// func blocksPair(a *[8]uint32, pa *byte, b *[8]uint32, pb *byte, n int)
TEXT ·blocksPair(SB), NOSPLIT, $64-40
	MOVQ a+0(FP), DI
	MOVQ pa+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ pb+24(FP), CX
	MOVQ n+32(FP), BX
	LEAQ roundConstants<>(SB), R8
	MOVOU bigEndian<>(SB), X15
	MOVOU (DI), X1
	MOVOU 16(DI), X2
	MOVOU (DX), X7
	MOVOU 16(DX), X8
	TESTQ BX, BX
	JEQ done

loop:
	MOVOU X1, 0(SP)
	MOVOU X2, 16(SP)
	MOVOU X7, 32(SP)
	MOVOU X8, 48(SP)

	// rounds 0 to 3
	LOAD(SI, 0, X3)
	FIRST(0, X3, X1, X2)
	SECOND(X1, X2)
	LOAD(CX, 0, X9)
	FIRST(0, X9, X7, X8)
	SECOND(X7, X8)

	// rounds 4 to 7
	LOAD(SI, 16, X4)
	FIRST(16, X4, X1, X2)
	SECOND(X1, X2)
	SHA256MSG1 X4, X3
	LOAD(CX, 16, X10)
	FIRST(16, X10, X7, X8)
	SECOND(X7, X8)
	SHA256MSG1 X10, X9

	// rounds 8 to 11
	LOAD(SI, 32, X5)
	FIRST(32, X5, X1, X2)
	SECOND(X1, X2)
	SHA256MSG1 X5, X4
	LOAD(CX, 32, X11)
	FIRST(32, X11, X7, X8)
	SECOND(X7, X8)
	SHA256MSG1 X11, X10

	// rounds 12 to 15
	LOAD(SI, 48, X6)
	FIRST(48, X6, X1, X2)
	EXTEND(X6, X5, X3, X13)
	SECOND(X1, X2)
	SHA256MSG1 X6, X5
	LOAD(CX, 48, X12)
	FIRST(48, X12, X7, X8)
	EXTEND(X12, X11, X9, X14)
	SECOND(X7, X8)
	SHA256MSG1 X12, X11

	// rounds 16 to 19
	FIRST(64, X3, X1, X2)
	EXTEND(X3, X6, X4, X13)
	SECOND(X1, X2)
	SHA256MSG1 X3, X6
	FIRST(64, X9, X7, X8)
	EXTEND(X9, X12, X10, X14)
	SECOND(X7, X8)
	SHA256MSG1 X9, X12

	// rounds 20 to 23
	FIRST(80, X4, X1, X2)
	EXTEND(X4, X3, X5, X13)
	SECOND(X1, X2)
	SHA256MSG1 X4, X3
	FIRST(80, X10, X7, X8)
	EXTEND(X10, X9, X11, X14)
	SECOND(X7, X8)
	SHA256MSG1 X10, X9

	// rounds 24 to 27
	FIRST(96, X5, X1, X2)
	EXTEND(X5, X4, X6, X13)
	SECOND(X1, X2)
	SHA256MSG1 X5, X4
	FIRST(96, X11, X7, X8)
	EXTEND(X11, X10, X12, X14)
	SECOND(X7, X8)
	SHA256MSG1 X11, X10

	// rounds 28 to 31
	FIRST(112, X6, X1, X2)
	EXTEND(X6, X5, X3, X13)
	SECOND(X1, X2)
	SHA256MSG1 X6, X5
	FIRST(112, X12, X7, X8)
	EXTEND(X12, X11, X9, X14)
	SECOND(X7, X8)
	SHA256MSG1 X12, X11

	// rounds 32 to 35
	FIRST(128, X3, X1, X2)
	EXTEND(X3, X6, X4, X13)
	SECOND(X1, X2)
	SHA256MSG1 X3, X6
	FIRST(128, X9, X7, X8)
	EXTEND(X9, X12, X10, X14)
	SECOND(X7, X8)
	SHA256MSG1 X9, X12

	// rounds 36 to 39
	FIRST(144, X4, X1, X2)
	EXTEND(X4, X3, X5, X13)
	SECOND(X1, X2)
	SHA256MSG1 X4, X3
	FIRST(144, X10, X7, X8)
	EXTEND(X10, X9, X11, X14)
	SECOND(X7, X8)
	SHA256MSG1 X10, X9

	// rounds 40 to 43
	FIRST(160, X5, X1, X2)
	EXTEND(X5, X4, X6, X13)
	SECOND(X1, X2)
	SHA256MSG1 X5, X4
	FIRST(160, X11, X7, X8)
	EXTEND(X11, X10, X12, X14)
	SECOND(X7, X8)
	SHA256MSG1 X11, X10

	// rounds 44 to 47
	FIRST(176, X6, X1, X2)
	EXTEND(X6, X5, X3, X13)
	SECOND(X1, X2)
	SHA256MSG1 X6, X5
	FIRST(176, X12, X7, X8)
	EXTEND(X12, X11, X9, X14)
	SECOND(X7, X8)
	SHA256MSG1 X12, X11

	// rounds 48 to 51
	FIRST(192, X3, X1, X2)
	EXTEND(X3, X6, X4, X13)
	SECOND(X1, X2)
	SHA256MSG1 X3, X6
	FIRST(192, X9, X7, X8)
	EXTEND(X9, X12, X10, X14)
	SECOND(X7, X8)
	SHA256MSG1 X9, X12

	// rounds 52 to 55
	FIRST(208, X4, X1, X2)
	EXTEND(X4, X3, X5, X13)
	SECOND(X1, X2)
	FIRST(208, X10, X7, X8)
	EXTEND(X10, X9, X11, X14)
	SECOND(X7, X8)

	// rounds 56 to 59
	FIRST(224, X5, X1, X2)
	EXTEND(X5, X4, X6, X13)
	SECOND(X1, X2)
	FIRST(224, X11, X7, X8)
	EXTEND(X11, X10, X12, X14)
	SECOND(X7, X8)

	// rounds 60 to 63
	FIRST(240, X6, X1, X2)
	SECOND(X1, X2)
	FIRST(240, X12, X7, X8)
	SECOND(X7, X8)

	MOVOU 0(SP), X0
	PADDD X0, X1
	MOVOU 16(SP), X0
	PADDD X0, X2
	MOVOU 32(SP), X0
	PADDD X0, X7
	MOVOU 48(SP), X0
	PADDD X0, X8
	ADDQ $64, SI
	ADDQ $64, CX
	DECQ BX
	JNE loop

	MOVOU X1, (DI)
	MOVOU X2, 16(DI)
	MOVOU X7, (DX)
	MOVOU X8, 16(DX)

done:
	RET
