#include "programs/mail_judge.hpp"

#include <utility>

#include "base/files.hpp"
#include "pipeline/pipeline.hpp"
#include "programs/config.hpp"
#include "programs/guard.hpp"

namespace postwacht::programs {

policy::MailJudge mail_judge(const std::string& config_file,
                             std::shared_ptr<const policy::Policy> policy) {
    return [config_file, policy = std::move(policy), guard = std::shared_ptr<pipeline::Guard>()](
               const policy::CaseMail& mail) mutable -> Result<policy::Verdict> {
        if (!guard) {
            POSTWACHT_TRY(config, load_config(config_file));
            POSTWACHT_TRY(configured, load_guard(config, GuardUse::judge));
            guard = std::make_shared<pipeline::Guard>(*configured);
            guard->policy = policy;
        }
        if (const auto index = guard->registry->current(); !index) return index.error();
        auto message = read_file(mail.file);
        if (!message) {
            Error error = std::move(message).error();
            error.hint = "'mail' is a path from the folder of the cases";
            return error;
        }
        mail::Envelope envelope;
        envelope.sender = mail.sender;
        envelope.sender_raw = mail.sender.null ? "<>" : mail.sender.to_string();
        for (const mail::Address& address : mail.recipients)
            envelope.recipients.push_back({address.to_string(), address});
        return pipeline::judge(*guard, envelope, *message, mail.today);
    };
}

}  // namespace postwacht::programs
