package pickle

import "fmt"

// The opcodes, under the names that Python's module pickletools gives them
// (CPython 3.14). Protocol 5 is the last.
const (
	opMark           = '('
	opStop           = '.'
	opPop            = '0'
	opPopMark        = '1'
	opDup            = '2'
	opFloat          = 'F'
	opInt            = 'I'
	opBinInt         = 'J'
	opBinInt1        = 'K'
	opLong           = 'L'
	opBinInt2        = 'M'
	opNone           = 'N'
	opPersID         = 'P'
	opBinPersID      = 'Q'
	opString         = 'S'
	opBinString      = 'T'
	opShortBinString = 'U'
	opUnicode        = 'V'
	opBinUnicode     = 'X'
	opAppend         = 'a'
	opBuild          = 'b'
	opGlobal         = 'c'
	opDict           = 'd'
	opAppends        = 'e'
	opGet            = 'g'
	opBinGet         = 'h'
	opLongBinGet     = 'j'
	opList           = 'l'
	opPut            = 'p'
	opBinPut         = 'q'
	opLongBinPut     = 'r'
	opSetItem        = 's'
	opTuple          = 't'
	opSetItems       = 'u'
	opEmptyDict      = '}'
	opEmptyList      = ']'
	opEmptyTuple     = ')'
	opBinFloat       = 'G'

	opProto    = 0x80 // protocol 2
	opExt1     = 0x82
	opExt2     = 0x83
	opExt4     = 0x84
	opTuple1   = 0x85
	opTuple2   = 0x86
	opTuple3   = 0x87
	opNewTrue  = 0x88
	opNewFalse = 0x89
	opLong1    = 0x8A
	opLong4    = 0x8B

	opBinBytes      = 'B' // protocol 3
	opShortBinBytes = 'C'

	opShortBinUnicode = 0x8C // protocol 4
	opBinUnicode8     = 0x8D
	opBinBytes8       = 0x8E
	opEmptySet        = 0x8F
	opAddItems        = 0x90
	opFrozenSet       = 0x91
	opStackGlobal     = 0x93
	opMemoize         = 0x94
	opFrame           = 0x95

	opByteArray8     = 0x96 // protocol 5
	opNextBuffer     = 0x97
	opReadOnlyBuffer = 0x98
)

// The opcodes that call, for Object.Op and Record.Op.
const (
	Reduce   = 'R'
	Inst     = 'i'
	Obj      = 'o'
	NewObj   = 0x81
	NewObjEx = 0x92
	build    = opBuild
)

// maxProtocol is the highest protocol: pickle.HIGHEST_PROTOCOL of CPython 3.14.
const maxProtocol = 5

// opName names the opcodes that records are about.
func opName(op byte) string {
	switch op {
	case Reduce:
		return "REDUCE"
	case Inst:
		return "INST"
	case Obj:
		return "OBJ"
	case NewObj:
		return "NEWOBJ"
	case NewObjEx:
		return "NEWOBJ_EX"
	case opBuild:
		return "BUILD"
	case opGlobal:
		return "GLOBAL"
	case opStackGlobal:
		return "STACK_GLOBAL"
	case opExt1:
		return "EXT1"
	case opExt2:
		return "EXT2"
	case opExt4:
		return "EXT4"
	}
	return fmt.Sprintf("opcode 0x%02X", op)
}
