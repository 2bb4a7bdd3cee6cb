// postwacht-extract: a worker of the pool; see postwacht-extract(8). Started by the other programs.
#include <sys/socket.h>

#include <cstdio>

#include "extract/formats.hpp"
#include "extract/recognition.hpp"
#include "extract/worker/serve.hpp"

int main(int argc, char** argv) {
    using namespace postwacht::extract;
    int type = 0;
    socklen_t size = sizeof(type);
    if (::getsockopt(worker::pool_socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
        std::fputs(
            "postwacht-extract: error: this program is started by postwacht and "
            "postwacht-milter\nhint: to see what is read of a file: postwacht extract FILE\n",
            stderr);
        return 2;
    }
    worker::SandboxSettings settings;
    settings.memory = worker::memory_from(argc, argv, settings.memory);
    settings.readable = worker::tables_of_parsers();
    if (const auto models = models_of_recognition(); !models.empty())
        settings.readable.push_back(models);
    return worker::serve(all_formats(), settings);
}
