import pytest

from gitxp.capture.machine.cgroup import memory_limit, processor_limit
from gitxp.capture.machine.hardware import memory, processor


@pytest.fixture
def group(tmp_path):
    """Write files of control groups, and the line by which a process finds its own."""

    def write(lines, files):
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/cgroup").write_text(lines)
        for name, content in files.items():
            path = tmp_path / "cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return tmp_path / "proc", tmp_path / "cgroup"

    return write


def test_tightest_limit_of_the_groups_around_counts(group):
    places = group(
        "0::/slurm/job_7/step_0\n",
        {
            "slurm/job_7/step_0/memory.max": "max\n",
            "slurm/job_7/memory.max": "1000000\n",
            "slurm/job_7/memory.current": "700000\n",
            "slurm/job_7/memory.stat": "anon 500000\ninactive_file 150000\n",
            "slurm/memory.max": "2000000\n",
            "slurm/job_7/cpu.max": "150000 100000\n",
            "slurm/cpu.max": "max 100000\n",
        },
    )
    limit = memory_limit(*places)
    assert (limit.total, limit.in_use()) == (1_000_000, 550_000)
    assert processor_limit(*places) == 1.5


def test_first_version_with_the_path_of_the_host(group):
    places = group(
        "4:memory:/docker/abc\n1:cpu,cpuacct:/docker/abc\n0::/\n",
        {
            "memory/memory.limit_in_bytes": "1000000\n",
            "memory/memory.usage_in_bytes": "700000\n",
            "memory/memory.stat": "cache 1\ntotal_inactive_file 50000\n",
            "cpu,cpuacct/cpu.cfs_quota_us": "200000\n",
            "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
        },
    )
    limit = memory_limit(*places)
    assert (limit.total, limit.in_use()) == (1_000_000, 650_000)
    assert processor_limit(*places) == 2.0


@pytest.mark.parametrize(
    ("lines", "files"),
    [
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712\n"}),
        ("1:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}),
        ("0::/\n", {"memory.max": "max\n", "cpu.max": "max 100000\n"}),
        ("0::/../elsewhere\n", {"README": ""}),
        ("noise\n", {"memory.max": "many\n", "cpu.max": "\n"}),
    ],
)
def test_no_limit_is_none(group, lines, files):
    places = group(lines, files)
    assert memory_limit(*places) is None
    assert processor_limit(*places) is None


def test_machine_without_groups_has_no_limit(tmp_path):
    assert memory_limit(tmp_path, tmp_path) is None
    assert "limit" not in memory(tmp_path)
    assert "limit" not in processor(tmp_path)
