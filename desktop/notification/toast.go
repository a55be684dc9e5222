package notification

import (
	"encoding/xml"
	"net/url"
	"strings"
)

// The XML of a Windows toast, as far as we use it. encoding/xml writes it, so
// that no text can leave its element or attribute.
type (
	toast struct {
		XMLName  xml.Name      `xml:"toast"`
		Launch   string        `xml:"launch,attr"`
		Duration string        `xml:"duration,attr,omitempty"`
		Visual   toastVisual   `xml:"visual"`
		Actions  *toastActions `xml:"actions,omitempty"`
		Audio    toastAudio    `xml:"audio"`
	}
	toastVisual struct {
		Binding toastBinding `xml:"binding"`
	}
	toastBinding struct {
		Template string      `xml:"template,attr"`
		Image    *toastImage `xml:"image,omitempty"`
		Text     []toastText `xml:"text"`
	}
	toastText struct {
		Text string `xml:",chardata"`
	}
	toastImage struct {
		Placement string `xml:"placement,attr"`
		Source    string `xml:"src,attr"`
	}
	toastActions struct {
		Action []toastAction `xml:"action"`
	}
	toastAction struct {
		Content   string `xml:"content,attr"`
		Type      string `xml:"activationType,attr"`
		Arguments string `xml:"arguments,attr"`
	}
	toastAudio struct {
		Silent bool `xml:"silent,attr"`
	}
)

// maxToastActions is the number of buttons Windows shows.
const maxToastActions = 5

// toastXML describes a notice that went through prepare. The sound is off: a
// telephone rings already.
func toastXML(key string, n Notice, icon string) (string, error) {
	t := toast{
		Launch: toastArguments(key, "default"),
		Visual: toastVisual{toastBinding{Template: "ToastGeneric", Text: []toastText{{n.Title}}}},
		Audio:  toastAudio{Silent: true},
	}
	if n.Body != "" {
		t.Visual.Binding.Text = append(t.Visual.Binding.Text, toastText{n.Body})
	}
	if n.Urgency == Critical || n.Timeout < 0 {
		t.Duration = "long" // 25 seconds; longer would need a toast that can be withdrawn
	}
	if icon != "" {
		t.Visual.Binding.Image = &toastImage{Placement: "appLogoOverride", Source: icon}
	}
	for _, a := range n.Actions {
		if a.Key == "default" {
			continue // a click on the toast itself: Launch
		}
		if t.Actions == nil {
			t.Actions = &toastActions{}
		}
		if len(t.Actions.Action) == maxToastActions {
			break
		}
		t.Actions.Action = append(t.Actions.Action, toastAction{Content: a.Label, Type: "foreground", Arguments: toastArguments(key, a.Key)})
	}
	var b strings.Builder
	if err := xml.NewEncoder(&b).Encode(t); err != nil {
		return "", err
	}
	return b.String(), nil
}

// toastArguments is what Windows hands back when a button is pressed.
func toastArguments(key, action string) string {
	return url.Values{"key": {key}, "action": {action}}.Encode()
}

// parseToastArguments reads them. Any program of the user can call the COM
// object, so nothing is taken for granted.
func parseToastArguments(s string) (Invoked, bool) {
	v, err := url.ParseQuery(s)
	if err != nil || len(v["key"]) != 1 || len(v["action"]) != 1 || v.Get("key") == "" || v.Get("action") == "" {
		return Invoked{}, false
	}
	return Invoked{Key: v.Get("key"), Action: v.Get("action")}, true
}
