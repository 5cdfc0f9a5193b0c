package modelcard

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// ReadVocabularyText reads a vocab.txt: one token per line, whose id is the
// line's number from 0.
func ReadVocabularyText(path string, r io.Reader) (*Tokenizer, []Problem, error) {
	n, t := &notes{path: path}, newTokenizer(path)
	t.Vocabulary = 0
	var v vocabulary
	err := eachLine(r, func(line []byte, tooLong bool) {
		switch {
		case tooLong:
			v.spoilNote(n, "a token of the vocabulary has more than %d bytes", maxToken)
		case !utf8.Valid(line):
			v.spoilNote(n, "a token of the vocabulary is not UTF-8")
		default:
			v.add(uint32(t.Vocabulary), line)
		}
		t.Vocabulary++
	})
	if err != nil && t.Vocabulary == 0 {
		return nil, nil, fmt.Errorf("read vocabulary: %w", err)
	}
	if err != nil {
		n.add("", "read up to an error: %v", err)
		v.spoil()
	}
	v.finish(t, n)
	return t, n.problems(), nil
}

// ReadMerges reads a merges.txt: an optional "#version" line, then one merge
// per line.
func ReadMerges(path string, r io.Reader) (*Tokenizer, []Problem, error) {
	n, t := &notes{path: path}, newTokenizer(path)
	t.Merges = 0
	var c chain
	first := true
	err := eachLine(r, func(line []byte, tooLong bool) {
		header := first && bytes.HasPrefix(line, []byte("#version"))
		first = false
		if header || len(line) == 0 {
			return
		}
		if (tooLong || bytes.Count(line, []byte(" ")) != 1) && !c.bad {
			n.add("", "line %d is not a merge of two tokens", t.Merges+1)
			c.spoil()
		}
		t.Merges++
		c.add(line)
	})
	if err != nil && first {
		return nil, nil, fmt.Errorf("read merges: %w", err)
	}
	if err != nil {
		n.add("", "read up to an error: %v", err)
		c.spoil()
	}
	t.MergesDigest = c.digest()
	return t, n.problems(), nil
}

// eachLine calls f with every line, without its end; of a long one with the
// first maxToken bytes. The slice is reused.
func eachLine(r io.Reader, f func(line []byte, tooLong bool)) error {
	in := bufio.NewReaderSize(&bounded{r, MaxTokenizerFile}, maxToken)
	for {
		line, err := in.ReadSlice('\n')
		tooLong := err == bufio.ErrBufferFull
		if len(line) > 0 && (err == nil || err == io.EOF || tooLong) {
			f(bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r")), tooLong)
		}
		for err == bufio.ErrBufferFull {
			_, err = in.ReadSlice('\n')
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return plainError(err)
		}
	}
}

// ReadTokenizerModel reads a tokenizer.model, which is a SentencePiece model or
// a tiktoken rank file; the first byte tells.
func ReadTokenizerModel(path string, r io.Reader) (*Tokenizer, []Problem, error) {
	in := bufio.NewReaderSize(&bounded{r, MaxTokenizerFile}, 32<<10)
	head, err := in.Peek(1)
	if err != nil {
		return nil, nil, fmt.Errorf("read tokenizer model: %w", plainError(err))
	}
	if head[0] == pieceTag {
		return readSentencePiece(path, in)
	}
	return readTiktoken(path, in)
}

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

// readTiktoken counts the lines "BASE64 RANK" of a rank file. Its tokens are
// bytes that need not be text, so there is no digest.
func readTiktoken(path string, in io.Reader) (*Tokenizer, []Problem, error) {
	n, t := &notes{path: path}, newTokenizer(path)
	t.Vocabulary = 0
	bad := 0
	err := eachLine(in, func(line []byte, tooLong bool) {
		if len(line) == 0 {
			return
		}
		word, rank, found := bytes.Cut(line, []byte(" "))
		_, rankErr := strconv.ParseUint(string(rank), 10, 32)
		if _, err := base64.StdEncoding.AppendDecode(nil, word); err != nil || rankErr != nil || !found || tooLong {
			bad++
			return
		}
		t.Vocabulary++
	})
	if t.Vocabulary == 0 {
		return nil, nil, errors.New("read tokenizer model: neither a SentencePiece model nor a rank file")
	}
	t.Type = Statement{path, "", "tiktoken"}
	if bad > 0 {
		n.add("", "%d lines are not a token and its rank", bad)
	}
	if err != nil {
		n.add("", "read up to an error: %v", err)
	}
	return t, n.problems(), nil
}
