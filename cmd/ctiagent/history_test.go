package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"example.org/ctiagent/agent"
	"example.org/ctiagent/config"
	"example.org/ctiagent/credstore"
	"example.org/ctiagent/desktop/paths"
	"example.org/ctiagent/history"
)

// A history whose key is gone is left alone, and set aside when the person
// wants it.
func TestHistoryIsSetAside(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	p := &place{dirs: paths.Dirs{Data: t.TempDir()}}
	keys, err := credstore.Open(credstore.Options{
		Choice: credstore.ChoiceFile, Dir: t.TempDir(), Passphrase: credstore.NewSecret("long enough"),
	})
	if err != nil {
		t.Fatal(err)
	}
	days := config.History{Enabled: true, Days: 90}
	open := p.openHistory(log)

	h := open(days, keys)
	if _, err := h.Add(history.Entry{Result: history.Missed}); err != nil || h.Reason() != "" {
		t.Fatalf("%v, kept in memory: %q", err, h.Reason())
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := keys.Delete(history.KeyName); err != nil {
		t.Fatal(err)
	}
	h = open(days, keys)
	if h.Reason() != agent.HistoryUnreadable {
		t.Fatalf("without its key the history says %q", h.Reason())
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h, err = p.startHistoryAnew(log)(days, keys)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if n := len(h.Find(history.Query{}).Entries); h.Reason() != "" || n != 0 {
		t.Errorf("the new history holds %d calls and says %q", n, h.Reason())
	}
	kept, err := filepath.Glob(filepath.Join(p.dirs.Data, "history.unreadable-*"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept %q, %v", kept, err)
	}
	if info, err := os.Stat(kept[0]); err != nil || info.Size() == 0 {
		t.Errorf("the old file is %v, %v", info, err)
	}
}
