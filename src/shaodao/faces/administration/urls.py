from django.urls import path

from shaodao.faces.administration import erasure, packs, people, rehearsals, watch

urlpatterns = [
    path("packs", packs.packs, name="packs"),
    path("packs/draft", packs.draft, name="pack_draft"),
    path("packs/<uuid:id>", packs.pack, name="pack"),
    path("packs/<uuid:id>/files/<str:name>", packs.file, name="pack_file"),
    path("packs/<uuid:id>/propose", packs.propose, name="pack_propose"),
    path("packs/<uuid:id>/approve", packs.approve, name="pack_approve"),
    path("packs/<uuid:id>/retire", packs.retire, name="pack_retire"),
    path("packs/<uuid:id>/rehearsals", rehearsals.ask, name="pack_rehearse"),
    path("packs/<uuid:id>/rehearsals/<int:one>", rehearsals.rehearsal, name="rehearsal"),
    path("people", people.people, name="people"),
    path("people/new", people.new, name="person_new"),
    path("people/<int:id>", people.person, name="person"),
    path("people/<int:id>/grant", people.grant, name="person_grant"),
    path("people/<int:id>/invite", people.invite, name="person_invite"),
    path("people/<int:id>/factor", people.forget_factor, name="person_factor"),
    path("people/<int:id>/posts/<int:post>/revoke", people.revoke, name="person_revoke"),
    path("erasure", erasure.erase, name="erasure"),
    path("watch", watch.watch, name="watch"),
]
