"""The room law: who may include whom.

A room is a folder in milter/. Rooms stand in one order, written down twice: as add_subdirectory()
lines in CMakeLists.txt, which the build obeys, and as a numbered list in ARCHITECTURE.md, which
people read. A file may include its own room and rooms above it. A third-party library belongs to
one room, and only `base` may show one in a header.
"""

import functools
import re

from tree import Finding

# Which room may include a third-party header, by the beginning of the header's name.
OWNER = {
    "boost/asio/": "extract",
    "boost/json.hpp": "base",
    "boost/system/": "base",
    "fmt/": "base",
    "spdlog/": "base",
    "toml++/": "base",
    "utf8proc.h": "base",
    "openssl/": "crypto",
    "gmime/": "mail",
    "glib.h": "mail",
    "idn2.h": "mail",
    "archive.h": "extract",
    "archive_entry.h": "extract",
    "cairo/": "extract",
    "leptonica/": "extract",
    "tesseract/": "extract",
    "tiffio.h": "extract",
    "libxml/": "extract",
    "poppler.h": "extract",
    "uchardet/": "extract",
    "zlib.h": "extract",
    "ext/pb_ds/": "registry",
    "lmdb.h": "registry",
    "libpq-fe.h": "registry",
    "hs.h": "match",
    "hs/": "match",
    "sanitizer/": "extract",
    "seccomp.h": "extract",
    "soci.h": "quarantine",
    "soci/": "quarantine",
    "sqlite3/": "quarantine",
    "sqlite3.h": "quarantine",
    "libmilter/": "session",
    "curl/": "review",
    "CLI/": "programs",
    "systemd/": "programs",
}
# The third-party headers that a header of ours may include: two stand in for std::expected and
# std::format, which GCC 12 lacks; programs is the last room, and its header is for itself only.
IN_HEADERS = ("boost/system/result.hpp", "fmt/format.h", "CLI/CLI.hpp")
TEST_FRAMEWORK = "catch2/"
# Libraries that are parts of a room, so that not every program has all of it.
PARTS = {"formats": "extract", "worker": "extract", "postgresql": "registry"}
# Made by CMake while configuring, so not in the tree.
GENERATED = {"shipped_data.inc": "policy", "notice_data.inc": "review"}

STANDARD = set("""
algorithm any array atomic barrier bit bitset charconv chrono codecvt compare complex concepts
condition_variable coroutine deque exception execution filesystem format forward_list fstream
functional future initializer_list iomanip ios iosfwd iostream istream iterator latch limits list
locale map memory memory_resource mutex new numbers numeric optional ostream queue random ranges
ratio regex scoped_allocator semaphore set shared_mutex source_location span sstream stack
stdexcept stop_token streambuf string string_view syncstream system_error thread tuple type_traits
typeindex typeinfo unordered_map unordered_set utility valarray variant vector version
cassert cctype cerrno cfenv cfloat cinttypes climits clocale cmath csetjmp csignal cstdarg cstddef
cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype cxxabi.h
""".split())
# The C library and the kernel.
SYSTEM = set("""
dirent.h dlfcn.h endian.h errno.h fcntl.h fnmatch.h getopt.h glob.h grp.h iconv.h langinfo.h
limits.h locale.h malloc.h netdb.h poll.h pthread.h pwd.h sched.h signal.h spawn.h stdint.h
stddef.h stdio.h stdlib.h string.h strings.h syslog.h termios.h time.h unistd.h
""".split())
SYSTEM_FOLDERS = ("sys/", "netinet/", "arpa/", "linux/", "net/")

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
ADD_ROOM = re.compile(r"^\s*add_subdirectory\(\s*milter/(\w+)", re.MULTILINE)
LISTED_ROOM = re.compile(r"^\d+\.\s+`(\w+)/?`", re.MULTILINE)
LAW_HEADING = re.compile(r"^##+ .*\broom law\b.*$", re.MULTILINE | re.IGNORECASE)
NAMESPACE = re.compile(r"^\s*(?:inline\s+)?namespace\s+([\w:]+)\s*(?:\{|$)", re.MULTILINE)
ROOM_CALL = re.compile(r"postwacht_room\(\s*(\w+)(.*?)\)", re.DOTALL)


def rooms_of_build(tree):
    if not tree.has("CMakeLists.txt"):
        return []
    return ADD_ROOM.findall(tree.text("CMakeLists.txt"))


def rooms_of_document(tree):
    """The numbered list below the heading that has "room law" in it."""
    if not tree.has("ARCHITECTURE.md"):
        return []
    text = tree.text("ARCHITECTURE.md")
    heading = LAW_HEADING.search(text)
    if not heading:
        return []
    rest = text[heading.end():]
    next_heading = re.search(r"^## ", rest, re.MULTILINE)
    return LISTED_ROOM.findall(rest[:next_heading.start()] if next_heading else rest)


def includes(tree, name):
    """(line, header, quoted) for each #include of a file."""
    for number, line in tree.lines(name):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) or match.group(2), match.group(1) is not None


def room_of(name):
    parts = name.split("/")
    return parts[1] if parts[0] == "milter" and len(parts) > 2 else None


def room_order(tree):
    """Build and document agree on the rooms, and every folder in milter/ is one."""
    build, document = rooms_of_build(tree), rooms_of_document(tree)
    if not build:
        yield Finding("CMakeLists.txt", 0, "room_order", "no add_subdirectory(milter/ROOM) found")
        return
    if build != document:
        yield Finding("ARCHITECTURE.md", 0, "room_order",
                      f"the room law lists {document}, CMakeLists.txt builds {build}")
    folders = {room_of(name) for name in tree.under("milter/")} - {None}
    for room in sorted(folders - set(build)):
        yield Finding(f"milter/{room}", 0, "room_order", "CMakeLists.txt does not build this room")


def room_law(tree):
    """A file includes its own room and rooms above it, by their full name."""
    order = rooms_of_build(tree)
    for name in tree.cpp:
        room = room_of(name)
        if room is None or room not in order:
            continue
        allowed = order[:order.index(room) + 1]
        for line, header, quoted in includes(tree, name):
            if not quoted:
                continue
            yield from _own_include(tree, name, line, header, allowed, order, room)


def _own_include(tree, name, line, header, allowed, order, room):
    def finding(text):
        return Finding(name, line, "room_law", text)

    if header in GENERATED:
        if GENERATED[header] != room:
            yield finding(f'"{header}" belongs to {GENERATED[header]}')
        return
    target = header.split("/")[0]
    if target not in order:
        yield finding(f'"{header}" names no room (write "ROOM/file.hpp")')
    elif target not in allowed:
        yield finding(f'"{header}": {target} stands below {room}')
    elif not tree.has(f"milter/{header}"):
        yield finding(f'"{header}" does not exist in milter/')


def linked_rooms(tree):
    """What a room includes it also names under ROOMS, itself or through a room it names."""
    order = rooms_of_build(tree)
    declared = {}
    for room in order:
        cmake = f"milter/{room}/CMakeLists.txt"
        if not tree.has(cmake):
            yield Finding(f"milter/{room}", 0, "linked_rooms", "no CMakeLists.txt")
            continue
        call = ROOM_CALL.search(tree.text(cmake))
        if not call or call.group(1) != room:
            yield Finding(cmake, 0, "linked_rooms", f"no postwacht_room({room} ...)")
            continue
        words = re.search(r"\bROOMS\b([\w\s]*?)(?=\b[A-Z]{4,}\b|\Z)", call.group(2))
        declared[room] = words.group(1).split() if words else []
        for other in (PARTS.get(name, name) for name in declared[room]):
            if other not in order or order.index(other) >= order.index(room):
                yield Finding(cmake, 0, "linked_rooms", f"ROOMS names {other}, not a room above")

    @functools.lru_cache(maxsize=None)
    def reachable(room):
        rooms = {room}
        for other in declared.get(room, ()):
            if other in order and order.index(other) < order.index(room):
                rooms |= reachable(other)
        return rooms

    for name in tree.cpp:
        room = room_of(name)
        if room not in declared:
            continue
        for line, header, quoted in includes(tree, name):
            target = header.split("/")[0]
            if quoted and target in order and target not in reachable(room):
                yield Finding(name, line, "linked_rooms",
                              f"{room} includes {target} but does not link it (ROOMS)")


def unit_tests(tree):
    """A unit test includes the header it tests first, and nothing below the room it tests."""
    order = rooms_of_build(tree)
    for name in tree.under("tests/unit/", ".cpp", ".hpp"):
        room = PARTS.get(name.split("/")[2], name.split("/")[2])
        if room not in order:
            yield Finding(name, 0, "unit_tests", f"tests/unit/{room} mirrors no room in milter/")
            continue
        allowed = set(order[:order.index(room) + 1])
        for line, header, quoted in includes(tree, name):
            if quoted:
                for below in sorted(_rooms_behind(tree, header, frozenset()) - allowed):
                    yield Finding(name, line, "unit_tests",
                                  f'"{header}" brings in {below}, which stands below {room}')
        tested = name.removeprefix("tests/unit/").removesuffix("_test.cpp") + ".hpp"
        first = next(includes(tree, name), None)
        if tree.has(f"milter/{tested}") and (first is None or first[1] != tested):
            yield Finding(name, first[0] if first else 0, "unit_tests",
                          f'the first include is not the header it tests, "{tested}"')


def _rooms_behind(tree, header, seen):
    """The room of a header; of a tests/support header, the rooms it includes in turn."""
    if not header.startswith("support/"):
        return {header.split("/")[0]} if tree.has(f"milter/{header}") else set()
    name = f"tests/{header}"
    if header in seen or not tree.has(name):
        return set()
    rooms = set()
    for _, inner, quoted in includes(tree, name):
        if quoted:
            rooms |= _rooms_behind(tree, inner, seen | {header})
    return rooms


def owner_of(header):
    """The room a third-party header belongs to; "" for a system header, None if unknown."""
    if header in STANDARD or header in SYSTEM or header.startswith(SYSTEM_FOLDERS):
        return ""
    if header.startswith(TEST_FRAMEWORK):
        return "tests"
    for prefix, room in OWNER.items():
        if header.startswith(prefix):
            return room
    return None


def third_party(tree):
    """One room for each library, and none in a header of ours but what base shows."""
    for name in tree.cpp:
        room = room_of(name)
        # A unit test may look behind the wall of the room it tests; benches, fuzz targets and
        # test servers speak to libraries directly.
        tested = name.split("/")[2] if name.startswith("tests/unit/") else None
        tested = PARTS.get(tested, tested)
        for line, header, quoted in includes(tree, name):
            if quoted:
                continue
            owner = owner_of(header)
            if owner is None:
                text = f"<{header}> is of no known library (tests/lint/rules_rooms.py, OWNER)"
            elif owner == "":
                continue
            elif room is not None and owner != room:
                text = f"<{header}> belongs to {owner}, not to {room}"
            elif room is not None and name.endswith(".hpp") and header not in IN_HEADERS:
                text = f"<{header}> in a header: third-party types stay in .cpp files"
            elif tested is not None and owner not in (tested, "tests"):
                text = f"<{header}> belongs to {owner}, and this tests {tested}"
            else:
                continue
            yield Finding(name, line, "third_party", text)


def namespaces(tree):
    """Folder and namespace have the same name; base is the namespace postwacht itself."""
    for name in tree.under("milter/", ".cpp", ".hpp"):
        room = room_of(name)
        text = tree.text(name)
        if room is None or not text.strip():
            continue
        opened = [space for space in NAMESPACE.findall(text) if space.startswith("postwacht")]
        # base names its own sub-namespaces (text, json) after the file.
        wanted = "postwacht" if room == "base" else f"postwacht::{room}"
        for space in opened:
            if space != wanted and not space.startswith(wanted + "::"):
                yield Finding(name, 0, "namespaces", f"opens {space}, its folder says {wanted}")
        only_main = re.search(r"^int main\(", text, re.MULTILINE)
        if not opened and not only_main and not re.search(rf"\b{wanted}::", text):
            yield Finding(name, 0, "namespaces", f"opens no namespace {wanted}")


RULES = [room_order, room_law, linked_rooms, unit_tests, third_party, namespaces]
