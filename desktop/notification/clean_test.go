package notification

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	long := strings.Repeat("x", 10<<10)
	for _, c := range []struct{ name, in, want string }{
		{"plain", "Anna de Vries", "Anna de Vries"},
		{"scripts", "Ελένη Иван 山田 أحمد नमस्ते", "Ελένη Иван 山田 أحمد नमस्ते"},
		{"combining accent", "e\u0301", "e\u0301"},
		{"line ends", "a\r\nb\u2028c\u2029d\u0085e", "a b c d e"},
		{"blanks", "  a \t\u00a0 b  ", "a b"},
		{"C0 and C1", "a\x00\x1b[31mb\u009bc\x7fd", "a [31mb c d"},
		{"bidi overrides", "Bank\u202eknaB\u202c \u2066x\u2069 \u200f\u200e\u061cy", "BankknaB x y"},
		{"zero width", "pay\u200bpal\ufeff\u2060\u200d\u200c\u00ad", "paypal"},
		{"fillers", "a\u3164\u115f\uffa0\u2800b", "ab"},
		{"tags", "a\U000e0041\U000e007fb", "ab"},
		{"invalid UTF-8", "a\xffb", "a\ufffdb"},
		{"markup stays text", "<b>Anna</b> & Co", "<b>Anna</b> & Co"},
		{"stacked marks", "a" + strings.Repeat("\u0300", 500) + "b", "a" + strings.Repeat("\u0300", 4) + "b"},
		{"marks without a base", "\u0300\u0301abc", "abc"},
		{"too long", long, strings.Repeat("x", 127) + "…"},
		{"just fits", strings.Repeat("y", 128), strings.Repeat("y", 128)},
		{"only rubbish", "\u200b\x00\n \u202e", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Clean(c.in, 128); got != c.want {
				t.Errorf("Clean(%+q) = %+q, want %+q", c.in, got, c.want)
			}
		})
	}
	for max, want := range map[int]string{0: "", 1: "…", 2: "a…", 3: "a…", 4: "a b…", 5: "a b c"} {
		if got := Clean("a b c", max); got != want {
			t.Errorf("at most %d: %q, want %q", max, got, want)
		}
	}
}

func TestCleanLines(t *testing.T) {
	if got, want := cleanLines("Acme\r\n\n \u200b\nCustomer\t7\n"), "Acme\nCustomer 7"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	got := cleanLines(strings.Repeat("line\n", 5000))
	if n := strings.Count(got, "\n") + 1; n != maxLines || !strings.HasSuffix(got, "…") {
		t.Errorf("%d lines: %q", n, got)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("Anna\u202e \x1b[0m<b>é e\u0301", 12)
	f.Add("\xff\u0300\u3164 a", 2)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit %= 300
		got := Clean(s, limit)
		if !utf8.ValidString(got) {
			t.Fatalf("no UTF-8: %q", got)
		}
		graphemes := 0
		for _, r := range got {
			if unicode.IsControl(r) || hidden(r) || unicode.IsSpace(r) && r != ' ' {
				t.Fatalf("%U is left in %+q", r, got)
			}
			if !extends(r) {
				graphemes++
			}
		}
		if graphemes > max(limit, 0) {
			t.Fatalf("%d graphemes, at most %d were asked for: %+q", graphemes, limit, got)
		}
		if strings.TrimSpace(got) != got || strings.Contains(got, "  ") {
			t.Fatalf("blanks are left: %q", got)
		}
		if again := Clean(got, limit); again != got {
			t.Fatalf("not stable: %q, then %q", got, again)
		}
	})
}
