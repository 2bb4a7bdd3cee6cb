// noop_milter SOCKET [silent]: a filter that looks at nothing. What a milter costs by itself.
//
// The benchmark's baseline, and a stand-in when the harness itself is tested. It answers each step,
// as a filter does that negotiates nothing. A silent one answers MAIL, RCPT and the end only, as
// Postwacht does: then the difference between the two is the work on the message and little else.
// Ends on SIGTERM.
#include <libmilter/mfapi.h>

#include <cstdio>
#include <string_view>

namespace {

sfsistat on_negotiate(SMFICTX* /*context*/, unsigned long /*actions*/, unsigned long offered,
                      unsigned long /*unused2*/, unsigned long /*unused3*/,
                      unsigned long* chosen_actions, unsigned long* chosen_steps,
                      unsigned long* chosen2, unsigned long* chosen3) {
    constexpr unsigned long silent = SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_DATA | SMFIP_NR_HDR |
                                     SMFIP_NR_EOH | SMFIP_NR_BODY | SMFIP_NR_UNKN;
    *chosen_actions = SMFIF_ADDHDRS | SMFIF_DELRCPT | SMFIF_QUARANTINE;
    *chosen_steps = offered & (silent | SMFIP_HDR_LEADSPC | SMFIP_SKIP);
    *chosen2 = 0;
    *chosen3 = 0;
    return SMFIS_CONTINUE;
}

// A step negotiated as silent must be answered with SMFIS_NOREPLY, and with nothing else.
sfsistat answer = SMFIS_CONTINUE;

sfsistat on_connect(SMFICTX* /*context*/, char* /*host*/, _SOCK_ADDR* /*address*/) {
    return answer;
}
sfsistat on_helo(SMFICTX* /*context*/, char* /*name*/) {
    return answer;
}
sfsistat on_header(SMFICTX* /*context*/, char* /*name*/, char* /*value*/) {
    return answer;
}
sfsistat on_data(SMFICTX* /*context*/) {
    return answer;
}
sfsistat on_end_of_headers(SMFICTX* /*context*/) {
    return answer;
}
sfsistat on_body(SMFICTX* /*context*/, unsigned char* /*bytes*/, std::size_t /*size*/) {
    return answer;
}

sfsistat on_mail(SMFICTX* /*context*/, char** /*words*/) {
    return SMFIS_CONTINUE;
}
sfsistat on_recipient(SMFICTX* /*context*/, char** /*words*/) {
    return SMFIS_CONTINUE;
}
sfsistat on_end_of_message(SMFICTX* /*context*/) {
    return SMFIS_CONTINUE;
}

}  // namespace

int main(int argc, char** argv) {
    const bool silent = argc == 3 && std::string_view(argv[2]) == "silent";
    if (argc != 2 && !silent) {
        std::fputs("usage: noop_milter unix:/path | inet:port@host [silent]\n", stderr);
        return 2;
    }
    if (silent) answer = SMFIS_NOREPLY;
    char name[] = "noop_milter";
    smfiDesc description{};
    description.xxfi_name = name;
    description.xxfi_version = SMFI_VERSION;
    description.xxfi_connect = on_connect;
    description.xxfi_helo = on_helo;
    description.xxfi_envfrom = on_mail;
    description.xxfi_envrcpt = on_recipient;
    description.xxfi_data = on_data;
    description.xxfi_header = on_header;
    description.xxfi_eoh = on_end_of_headers;
    description.xxfi_body = on_body;
    description.xxfi_eom = on_end_of_message;
    if (silent) description.xxfi_negotiate = on_negotiate;
    if (smfi_setconn(argv[1]) != MI_SUCCESS || smfi_register(description) != MI_SUCCESS ||
        smfi_opensocket(true) != MI_SUCCESS) {
        std::fprintf(stderr, "noop_milter: cannot listen on %s\n", argv[1]);
        return 1;
    }
    return smfi_main() == MI_SUCCESS ? 0 : 1;
}
