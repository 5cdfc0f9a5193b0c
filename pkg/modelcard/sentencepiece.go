package modelcard

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// The fields of sentencepiece_model.proto, version 0.2.0, that are read. A tag
// is the field number shifted by three, and the wire type.
const (
	pieceTag     = 1<<3 | 2 // ModelProto.pieces
	trainerTag   = 2<<3 | 2 // ModelProto.trainer_spec
	pieceTextTag = 1<<3 | 2 // SentencePiece.piece
	modelTypeTag = 3<<3 | 0 // TrainerSpec.model_type
)

// readSentencePiece counts the pieces of a model, whose ids are their places.
func readSentencePiece(path string, in *bufio.Reader) (*Tokenizer, []Problem, error) {
	n, t := &notes{path: path}, newTokenizer(path)
	t.Vocabulary = 0
	var v vocabulary
	var err error
	for err == nil {
		err = readField(in, func(tag uint64, body []byte, tooLong bool) {
			switch tag {
			case pieceTag:
				if text, ok := bytesField(body, pieceTextTag); ok && !tooLong && utf8.Valid(text) {
					v.add(uint32(t.Vocabulary), text)
				} else {
					v.spoilNote(n, "a piece is not UTF-8 of at most %d bytes", maxToken)
				}
				t.Vocabulary++
			case trainerTag:
				if kind := modelType(body); kind != "" {
					t.Type = Statement{path, "trainer_spec.model_type", kind}
				}
			}
		})
	}
	if err != io.EOF {
		if t.Vocabulary == 0 {
			return nil, nil, fmt.Errorf("read SentencePiece model: %w", plainError(err))
		}
		n.add("", "read up to an error: %v", plainError(err))
		v.spoil()
	}
	v.finish(t, n)
	t.Sketch = v.only(t.Type.Value)
	return t, n.problems(), nil
}

var errWire = errors.New("not a protocol buffer")

// readField reads one field of a message. The body of a field of bytes is
// passed to f; of one that is longer than maxToken only the beginning.
func readField(in *bufio.Reader, f func(tag uint64, body []byte, tooLong bool)) error {
	if _, err := in.Peek(1); err != nil {
		return err
	}
	tag, err := binary.ReadUvarint(in)
	if err != nil {
		return noEOF(err)
	}
	switch tag & 7 {
	case 0:
		_, err = binary.ReadUvarint(in)
	case 1:
		_, err = in.Discard(8)
	case 5:
		_, err = in.Discard(4)
	case 2:
		return noEOF(readBytes(in, tag, f))
	default:
		return errWire
	}
	return noEOF(err)
}

func readBytes(in *bufio.Reader, tag uint64, f func(tag uint64, body []byte, tooLong bool)) error {
	size, err := binary.ReadUvarint(in)
	if err != nil {
		return err
	}
	if size > MaxTokenizerFile {
		return errWire
	}
	body, err := in.Peek(int(min(size, maxToken)))
	if err != nil {
		return err
	}
	f(tag, body, size > maxToken)
	_, err = in.Discard(int(size))
	return err
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// bytesField returns the first field of a message with the given tag.
func bytesField(body []byte, want uint64) ([]byte, bool) {
	for len(body) > 0 {
		tag, n := binary.Uvarint(body)
		if n <= 0 {
			return nil, false
		}
		field, rest, ok := fieldBody(tag, body[n:])
		if !ok || tag == want {
			return field, ok
		}
		body = rest
	}
	return nil, false
}

// fieldBody splits the body of a field from what follows it.
func fieldBody(tag uint64, b []byte) (field, rest []byte, ok bool) {
	size, skip := uint64(0), 0
	switch tag & 7 {
	case 0:
		_, n := binary.Uvarint(b)
		size = uint64(max(n, 0))
		ok = n > 0
	case 1:
		size, ok = 8, true
	case 5:
		size, ok = 4, true
	case 2:
		var n int
		size, n = binary.Uvarint(b)
		skip, ok = max(n, 0), n > 0
	}
	if !ok || size > uint64(len(b)-skip) {
		return nil, nil, false
	}
	return b[skip:][:size], b[skip:][size:], true
}

// modelType returns the name of TrainerSpec.model_type, "" when it is not
// stated.
func modelType(body []byte) string {
	field, ok := bytesField(body, modelTypeTag)
	if !ok {
		return ""
	}
	kind, _ := binary.Uvarint(field)
	switch kind {
	case 1:
		return "Unigram"
	case 2:
		return "BPE"
	case 3:
		return "Word"
	case 4:
		return "Char"
	}
	return strconv.FormatUint(kind, 10)
}
