"""Addresses of the discipline side. Each of them is guarded; a test asks for every one as every role."""

from django.urls import path

from shaodao.faces.discipline import analysis, keys, matters

app_name = "discipline"
urlpatterns = [
    path("", matters.home, name="home"),
    path("unlock", keys.unlock, name="unlock"),
    path("lock", keys.lock, name="lock"),
    path("keys", keys.keys, name="keys"),
    path("keys/make", keys.make, name="make_key"),
    path("keys/passphrase", keys.passphrase, name="passphrase"),
    path("keys/shares", keys.shares, name="shares"),
    path("keys/admit", keys.admit, name="admit"),
    path("keys/recover", keys.recover, name="recover"),
    path("analysis", analysis.analysis, name="analysis"),
    path("analysis/<slug:unit>/<slug:item>", analysis.behind, name="behind"),
    path("matters/new/<slug:kind>", matters.new, name="new"),
    path("matters/<slug:number>", matters.one, name="matter"),
    path("matters/<slug:number>/files/<slug:commitment>", matters.file, name="file"),
    path("matters/<slug:number>/papers/<int:seq>.<slug:form>", matters.paper, name="paper"),
    path("matters/<slug:number>/<slug:step>", matters.step, name="step"),
]
