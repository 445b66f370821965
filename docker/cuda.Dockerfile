# edubias on NVIDIA GPUs. From the project's root:
#   docker build -f docker/cuda.Dockerfile -t edubias:cuda .
#   docker run --rm -it --gpus all --ipc=host -v "$PWD/outputs:/app/outputs" \
#     -v "$HOME/.cache/huggingface:/root/.cache/huggingface" edubias:cuda train --mode deepspeed
# The -devel image has nvcc, with which DeepSpeed builds its kernels when it first needs them.
FROM nvidia/cuda:12.8.1-devel-ubuntu24.04
WORKDIR /app
RUN apt-get update \
    && apt-get install -y --no-install-recommends git python3-dev python3-venv ninja-build \
    && rm -rf /var/lib/apt/lists/*
ENV VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH
RUN python3 -m venv /opt/venv
COPY constraints.txt pyproject.toml README.md LICENSE NOTICE ./
RUN pip install --no-cache-dir "$(grep '^torch==' constraints.txt)"
COPY src src
COPY data data
RUN pip install --no-cache-dir -c constraints.txt ".[embedded,documents,deepspeed,quant,track,sweep]"
ENTRYPOINT ["edubias"]
CMD ["--help"]
