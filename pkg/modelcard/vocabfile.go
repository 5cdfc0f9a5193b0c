package modelcard

import (
	"bufio"
	"bytes"
	"encoding/base64"
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
	t.Sketch = v.only("")
	return t, n.problems(), nil
}

// ReadMerges reads a merges.txt: an optional "#version" line, then one merge
// per line.
func ReadMerges(path string, r io.Reader) (*Tokenizer, []Problem, error) {
	n, t := &notes{path: path}, newTokenizer(path)
	t.Merges = 0
	var c chain
	var sketch Sketcher
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
		sketch.Merge(line)
	})
	if err != nil && first {
		return nil, nil, fmt.Errorf("read merges: %w", err)
	}
	if err != nil {
		n.add("", "read up to an error: %v", err)
		c.spoil()
	}
	t.MergesDigest = c.digest()
	if c.bad {
		sketch.NoMerges()
	}
	t.Sketch = sketch.Sketch("")
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

// readTiktoken reads the lines "BASE64 RANK" of a rank file. Its tokens are
// bytes that need not be text, so there is no digest; the sketch is made of the
// text that byte-level BPE writes for them.
func readTiktoken(path string, in io.Reader) (*Tokenizer, []Problem, error) {
	n, t := &notes{path: path}, newTokenizer(path)
	t.Vocabulary = 0
	bad := 0
	var v vocabulary
	var word, text []byte
	letters := byteLetters()
	err := eachLine(in, func(line []byte, tooLong bool) {
		if len(line) == 0 {
			return
		}
		code, rank, found := bytes.Cut(line, []byte(" "))
		id, rankErr := strconv.ParseUint(string(rank), 10, 32)
		var err error
		if word, err = base64.StdEncoding.AppendDecode(word[:0], code); err != nil || rankErr != nil || !found || tooLong {
			bad++
			return
		}
		t.Vocabulary++
		text = text[:0]
		for _, b := range word {
			text = utf8.AppendRune(text, letters[b])
		}
		v.add(uint32(id), text)
	})
	if t.Vocabulary == 0 {
		return nil, nil, errors.New("read tokenizer model: neither a SentencePiece model nor a rank file")
	}
	t.Type = Statement{path, "", "tiktoken"}
	if bad > 0 {
		n.add("", "%d lines are not a token and its rank", bad)
		v.spoil()
	}
	if err != nil {
		n.add("", "read up to an error: %v", err)
		v.spoil()
	}
	v.sort()
	t.Sketch = v.only(t.Type.Value)
	return t, n.problems(), nil
}

// byteLetters is the letter of each byte in the byte-level BPE of GPT-2: the
// byte itself where it is a visible character of ISO 8859-1, else one of the
// letters from U+0100 on, in order.
func byteLetters() [256]rune {
	var letters [256]rune
	next := rune(256)
	for b := range letters {
		visible := '!' <= b && b <= '~' || '¡' <= b && b <= '¬' || '®' <= b && b <= 'ÿ'
		if letters[b] = rune(b); !visible {
			letters[b] = next
			next++
		}
	}
	return letters
}
